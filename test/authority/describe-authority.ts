import { describe } from 'vitest'
import type { OpenStore, StoreBesideLedger } from './authority-store.ts'
import { describeIsolation } from './describe-isolation.ts'
import { describeLeakyBucket } from './describe-leaky-bucket.ts'
import { describeLeases } from './describe-leases.ts'
import { describeOwnBooks } from './describe-own-books.ts'
import { describeRates } from './describe-rates.ts'
import { describeSeeding } from './describe-seeding.ts'
import { describeWindows } from './describe-windows.ts'

/** The guarantees of every authority, whatever its store. */
export const describeAuthority = (name: string, openStore: OpenStore): void => {
  describe(`the authority on ${name}`, () => {
    describeWindows(openStore)
    describeLeases(openStore)
    describeRates(openStore)
  })
}

/**
 * The further guarantees of an authority with its own books. It counts a take as used at once, can
 * undo it, and seeds unknown counters from the ledger. It accepts any name and amount. An authority
 * that is the ledger itself (`leasesAll`) leases every take until its use is posted, and knows only
 * validated organizations and meters.
 */
export const describeAuthorityBesideLedger = (
  name: string,
  openStore: OpenStore<StoreBesideLedger>,
): void => {
  describe(`the authority on ${name}, separate from the ledger`, () => {
    describeOwnBooks(openStore)
    describeLeakyBucket(openStore)
    describeSeeding(openStore)
    describeIsolation(openStore)
  })
}
