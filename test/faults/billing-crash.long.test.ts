import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { seededRandom } from '../../src/engine/demo/seeded-random.ts'
import type { Database } from '../../src/storage/database.ts'
import { outboxLeft } from '../../src/storage/tables/outbox.ts'
import {
  type BilledPlatform,
  emptied,
  openBilledPlatform,
} from '../connectors/stripe/billed-platform.ts'
import { times } from '../setup/form.ts'
import { describeByForm } from '../setup/substrates.ts'
import { Fuse, withFuse } from './fuse.ts'

/** Rounds per database and kind of Stripe; four times as many in all. */
const ROUNDS = times('TOLLGATE_BILLING_CRASHES', { short: 12, long: 32 }) / 4
const HOUR = 3_600_000
/** What a round bills: one period of three organizations. */
const OVERAGES = [5_000, 0, 1_500]
const IN_CENTS = [[500], [], [150]]
/** The maximum number of crashes in a round, one after the other. */
const MOST_ENDS = 3

describeByForm('billing with a crash at any step', (open) => {
  describe.each([
    { stripe: 'a Stripe that knows idempotency keys', knowsKeys: true },
    { stripe: 'a Stripe that knows none', knowsKeys: false },
  ])('on $stripe', ({ knowsKeys }) => {
    const fuse = new Fuse()
    let platform: BilledPlatform
    let db: Database
    let healthy: TollgateEngine
    /** The number of steps in a run without a crash. */
    let wholeRun = 0

    const begin = async () => {
      await emptied(db)
      // The first two periods end together; the third ends one or several days later.
      const first = await platform.organizations(healthy, OVERAGES.slice(0, 2))
      await platform.clock.advance(24 * HOUR)
      const last = await platform.organizations(healthy, OVERAGES.slice(2))
      await platform.endPeriod(healthy, last[0]?.id)
      return [...first, ...last]
    }
    /** Runs a process with a limited number of steps, and returns whether it finished. */
    const runOf = async (steps: number): Promise<boolean> => {
      const process = await platform.engine(withFuse(db, fuse))
      fuse.arm(steps)
      const isWhole = await process.billing.run().then(
        () => !fuse.isBlown,
        () => false,
      )
      fuse.disarm()
      await process.close()
      return isWhole
    }

    beforeAll(async () => {
      platform = await openBilledPlatform({ knowsKeys })
      platform.standIn.failWhen(() => {
        if (fuse.step()) return 'reset'
        return fuse.step() ? 'reset-when-done' : undefined
      })
      db = await open()
      healthy = await platform.engine(db)
      await begin()
      expect(await runOf(Number.POSITIVE_INFINITY)).toBe(true)
      wholeRun = fuse.steps
    })
    afterAll(() => platform.close())

    it(`bills each organization and period once, ${ROUNDS} times`, async () => {
      const random = seededRandom(`billing, keys: ${knowsKeys}`)
      let ends = 0
      for (let round = 0; round < ROUNDS; round += 1) {
        const organizations = await begin()
        const wanted = random.whole(1, MOST_ENDS)
        for (let end = 0; end < wanted; end += 1) {
          if (!(await runOf(random.whole(0, wholeRun - 1)))) ends += 1
          // Within the lease, past it, or past the life of an idempotency key.
          await platform.clock.advance(random.pick([0, HOUR, 30 * HOUR], () => 1))
        }
        for (let run = 0; run < 4; run += 1) {
          await platform.clock.advance(2 * HOUR)
          await healthy.billing.run()
        }
        expect(await outboxLeft(db), `round ${round}`).toBe(0)
        const amounts = organizations.map(({ customer }) =>
          platform.itemsOf(customer).map(({ amount }) => amount),
        )
        expect(amounts, `round ${round}`).toEqual(IN_CENTS)
        for (const { id } of organizations) {
          const { items } = await healthy.invoices.list({ organizationId: id })
          expect(items.length, `round ${round}`).toBe(1)
        }
      }
      expect(ends).toBeGreaterThan(ROUNDS / 2)
    }, 300_000)
  })
})
