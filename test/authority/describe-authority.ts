import { describe } from 'vitest'
import type { OpenStore, StoreBesideLedger } from './authority-store.ts'
import { describeIsolation } from './describe-isolation.ts'
import { describeLeakyBucket } from './describe-leaky-bucket.ts'
import { describeLeases } from './describe-leases.ts'
import { describeOwnBooks } from './describe-own-books.ts'
import { describeRates } from './describe-rates.ts'
import { describeSeeding } from './describe-seeding.ts'
import { describeWindows } from './describe-windows.ts'

/** What every authority guarantees, whatever store is behind it. */
export const describeAuthority = (name: string, openStore: OpenStore): void => {
  describe(`the authority on ${name}`, () => {
    describeWindows(openStore)
    describeLeases(openStore)
    describeRates(openStore)
  })
}

/**
 * What one guarantees besides that keeps books beside the ledger's: what is taken is used at once
 * there, and may be undone; what it does not know is seeded; names and figures
 * are any that come. One that is the ledger (`leasesAll`) leases all that is taken until its use is
 * posted, and has organizations and meters that were checked before.
 */
export const describeAuthorityBesideLedger = (
  name: string,
  openStore: OpenStore<StoreBesideLedger>,
): void => {
  describe(`the authority on ${name}, beside the ledger`, () => {
    describeOwnBooks(openStore)
    describeLeakyBucket(openStore)
    describeSeeding(openStore)
    describeIsolation(openStore)
  })
}
