import { expect, it } from 'vitest'
import { expireReservations } from '../../src/storage/gate/reservations.ts'
import { held } from '../setup/held.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeInProcess, type Subject } from './describe-tollgate.ts'

const START = '2026-03-10T12:00:00Z'
const START_MS = Date.parse(START)
const HOLDS = 40

describeInProcess(
  'many holds that expire',
  (subject) => {
    /** An organization with a grant, and a hold of one credit for each expiry. */
    const withHolds = async (expiries: readonly number[], grantEndsAt?: string) => {
      const { clock, tollgate, organization } = subject()
      await clock.set(START)
      const organizationId = await organization('prepaid', '2026-03-01T00:00:00Z')
      await tollgate.grants.create({
        organizationId,
        credits: 100,
        reason: 'test',
        ...(grantEndsAt && { expiresAt: grantEndsAt }),
      })
      await Promise.all(
        expiries.map(async (expiresInMs) =>
          held(
            await tollgate.reserve({
              organizationId,
              eventType: 'spend',
              properties: { credits: 1 },
              expiresInMs,
            }),
          ),
        ),
      )
      return organizationId
    }

    const movementsOf = async ({ tollgate }: Subject, organizationId: string) => {
      const { items } = await tollgate.grants.movements({ organizationId, limit: 100 })
      return items
        .map(({ kind, entries }) => ({
          kind,
          entries: entries.map(({ account, credits }) => [account, credits]),
        }))
        .filter(({ kind }) => kind !== 'draw' && kind !== 'opening' && kind !== 'grant')
    }

    /** One after the other, within a tenth of a second. */
    const expiries = Array.from({ length: HOLDS }, (_, n) => 60_001 + n)

    it('return their credits in one movement, however many instants they end at', async () => {
      const { tollgate, clock } = subject()
      const organizationId = await withHolds(expiries)
      expect(await tollgate.grants.balance({ organizationId })).toMatchObject({ available: 60 })
      await clock.set(new Date(START_MS + 60_500))
      expect(await tollgate.grants.balance({ organizationId })).toMatchObject({ available: 100 })
      expect(await movementsOf(subject(), organizationId)).toEqual([
        {
          kind: 'return',
          entries: [
            ['grant', HOLDS],
            ['used', -HOLDS],
          ],
        },
      ])
    })

    it('return them before or after their grant expires, each by its own instant', async () => {
      const { tollgate, clock } = subject()
      const organizationId = await withHolds(
        expiries,
        new Date(START_MS + 60_001 + 25).toISOString(),
      )
      await clock.set(new Date(START_MS + 60_500))
      expect(await tollgate.grants.balance({ organizationId })).toMatchObject({ available: 0 })
      // Latest first. The hold that ends at the instant of the expiry itself returns nothing.
      expect(await movementsOf(subject(), organizationId)).toEqual([
        {
          kind: 'return',
          entries: [
            ['expired', 14],
            ['used', -14],
          ],
        },
        {
          kind: 'expire',
          entries: [
            ['grant', -85],
            ['expired', 85],
          ],
        },
        {
          kind: 'return',
          entries: [
            ['expired', 1],
            ['used', -1],
          ],
        },
        {
          kind: 'return',
          entries: [
            ['grant', 25],
            ['used', -25],
          ],
        },
      ])
    })

    it('end in parts, in the order of their instants, each part in a transaction of its own', async () => {
      const { db, tollgate, clock } = subject()
      const first = await withHolds(expiries.slice(0, 25))
      const second = await withHolds(expiries.slice(0, 3))
      const at = new Date(START_MS + 60_500)
      const heldOf = async (organizationId: string) => {
        const rows = await db.query<{ at: Date }>(
          `select expires_at as at from tollgate.reservations
           where organization_id = $1 and state = 'held' order by 1`,
          [organizationId],
        )
        return rows.map((row) => row.at.getTime() - START_MS)
      }
      expect(await expireReservations(db, at, 10)).toBe(10)
      expect(await heldOf(first)).toEqual(expiries.slice(10, 25))
      expect(await expireReservations(db, at, 10)).toBe(10)
      expect(await heldOf(second)).toEqual(expiries.slice(0, 3))
      expect(await expireReservations(db, at, 10)).toBe(8)
      expect(await heldOf(first)).toEqual([])
      expect(await heldOf(second)).toEqual([])
      expect(await expireReservations(db, at, 10)).toBe(0)
      await clock.set(at)
      expect(await tollgate.grants.balance({ organizationId: first })).toMatchObject({
        available: 100,
      })
    })

    it('leave books that agree', async () => {
      expect((await subject().tollgate.admin.aggregate()).differences).toEqual([])
    })
  },
  creditsOnly,
)
