import { describe } from 'vitest'
import type { AuthorityStore } from './authority-store.ts'
import { describeIsolation } from './describe-isolation.ts'
import { describeLeases } from './describe-leases.ts'
import { describePlaces } from './describe-places.ts'
import { describeRates } from './describe-rates.ts'
import { describeSeeding } from './describe-seeding.ts'
import { describeWindows } from './describe-windows.ts'

/** What every authority guarantees, whatever store is behind it. */
export const describeAuthority = (name: string, openStore: () => AuthorityStore): void => {
  describe(`the authority on ${name}`, () => {
    describeWindows(openStore)
    describeLeases(openStore)
    describeRates(openStore)
    describePlaces(openStore)
    describeSeeding(openStore)
    describeIsolation(openStore)
  })
}
