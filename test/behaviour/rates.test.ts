import { describe, expect, it } from 'vitest'
import type { LimitOverrideInput } from '../../src/contract/tenancy.ts'
import { held } from '../setup/held.ts'
import { describeOnEverySubstrate } from './describe-tollgate.ts'
import { metersOnly } from './meters-catalog.ts'

const SECOND_MS = 1_000

describeOnEverySubstrate(
  'a rate',
  (subject) => {
    /** A new organization with only this limit on its calls. */
    const limited = async (limit: Partial<LimitOverrideInput>) => {
      const id = await subject().organization('free')
      await override(id, limit)
      return id
    }
    const override = (id: string, limit: Partial<LimitOverrideInput>) =>
      subject().tollgate.limits.override({
        organizationId: id,
        meter: 'calls',
        window: 'minute',
        max: 30,
        behavior: 'hard',
        reason: 'test',
        ...limit,
      })
    const work = (organizationId: string, calls = 1, userId?: string) => ({
      organizationId,
      eventType: 'work',
      quantities: { calls },
      userId,
    })
    const ask = async (id: string, calls = 1, userId?: string) =>
      await subject().tollgate.track(work(id, calls, userId))
    const isAllowed = async (id: string, calls = 1, userId?: string) =>
      (await ask(id, calls, userId)).allowed
    /** How many of this many sequential calls are allowed. */
    const admitted = async (count: number, call: () => Promise<boolean>) => {
      let allowed = 0
      for (let i = 0; i < count; i++) if (await call()) allowed += 1
      return allowed
    }
    const level = async (id: string) =>
      (await subject().tollgate.usage.current({ organizationId: id })).limits[0]?.used

    it('allows no second burst at the edge of a minute', async () => {
      const { clock } = subject()
      const id = await limited({ max: 30 })
      await clock.set('2026-03-10T12:00:59Z')
      expect(await admitted(31, () => isAllowed(id))).toBe(30)
      await clock.set('2026-03-10T12:01:01Z')
      expect(await admitted(30, () => isAllowed(id))).toBe(1)
    })

    it('refills continuously, call by call, exact to the millisecond', async () => {
      const { clock } = subject()
      const id = await limited({ max: 7 })
      expect(await admitted(8, () => isAllowed(id))).toBe(7)
      // 60,000 ms / 7 = 8,571.4… ms a call, without drift: the seventh call fits after 60,000 ms.
      let beganMs = 0
      for (const fitsAfterMs of [8_572, 17_143, 25_715, 34_286, 42_858, 51_429, 60_000]) {
        await clock.advance(fitsAfterMs - 1 - beganMs)
        expect(await isAllowed(id)).toBe(false)
        await clock.advance(1)
        expect(await isAllowed(id)).toBe(true)
        beganMs = fitsAfterMs
      }
      await clock.advance(60_000)
      expect(await level(id)).toBe(0)
    })

    it.each([
      ['smaller', 3],
      ['larger', 20],
    ])('allows a burst that is %s than the maximum', async (_, burst) => {
      const { clock } = subject()
      const id = await limited({ max: 12, burst })
      expect(await admitted(burst + 1, () => isAllowed(id))).toBe(burst)
      await clock.advance(10 * SECOND_MS)
      expect(await admitted(5, () => isAllowed(id))).toBe(2)
      await clock.advance(10 * 60 * SECOND_MS)
      expect(await admitted(burst + 1, () => isAllowed(id))).toBe(burst)
    })

    it('allows exactly as many concurrent calls as fit', async () => {
      const id = await limited({ max: 60, burst: 9 })
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask(id)))
      expect(answers.filter(({ allowed }) => allowed)).toHaveLength(9)
      expect(await level(id)).toBe(9)
    })

    describe('per user', () => {
      it('counts each user separately, and allows calls without a user if the limit says so', async () => {
        const id = await limited({ per: 'user', max: 2, anonymous: 'allow' })
        const callOf = (user?: string) => () => isAllowed(id, 1, user)
        expect(await admitted(3, callOf('ann'))).toBe(2)
        expect(await admitted(3, callOf('bob'))).toBe(2)
        expect(await admitted(5, callOf())).toBe(5)
        expect((await ask(id, 1, 'ann')).limits).toMatchObject([
          { window: 'minute', per: 'user', used: 2, refused: true },
        ])
      })

      it("works with the organization's rate: a call must fit both", async () => {
        const id = await limited({ max: 5 })
        await override(id, { per: 'user', max: 2 })
        expect(await admitted(3, () => isAllowed(id, 1, 'ann'))).toBe(2)
        expect(await admitted(3, () => isAllowed(id, 1, 'bob'))).toBe(2)
        expect(await admitted(3, () => isAllowed(id, 1, 'cid'))).toBe(1)
        // The call that the organization's rate refused used nothing of the user's rate.
        await subject().clock.advance(60 * SECOND_MS)
        expect(await admitted(3, () => isAllowed(id, 1, 'cid'))).toBe(2)
      })

      it("decides a batch of several users' calls like single calls", async () => {
        const id = await limited({ per: 'user', max: 2, anonymous: 'allow' })
        const users = ['ann', 'ann', 'bob', 'ann', undefined, 'bob', 'bob']
        const answers = await Promise.all(users.map((user) => isAllowed(id, 1, user)))
        expect(answers).toEqual([true, true, true, false, true, true, false])
      })
    })

    it('per API key counts each key separately, and allows calls without a key if it says so', async () => {
      const { withKey } = subject()
      const id = await limited({ per: 'api_key', max: 2, anonymous: 'allow' })
      const [one, other] = [await withKey(id), await withKey(id)]
      const { organizationId: _, ...call } = work(id)
      const callWith = (gate: typeof one) => async () =>
        (await gate.track({ ...call, organizationId: id })).allowed
      expect(await admitted(3, callWith(one))).toBe(2)
      expect(await admitted(3, callWith(other))).toBe(2)
      expect(await admitted(5, () => isAllowed(id))).toBe(5)
    })

    describe('that refuses', () => {
      it('gives the exact millisecond from which the call fits', async () => {
        const { clock } = subject()
        const id = await limited({ max: 6 })
        await ask(id, 6)
        await clock.advance(3_333)
        const refused = await ask(id, 2)
        expect(refused).toMatchObject({ reason: 'rate_limited', remaining: 0, retryAfter: 17 })
        const atMs = clock.now().getTime()
        expect(refused.resetAt).toBe(new Date(atMs + 60_000 - 3_333).toISOString())
        await clock.advance(20_000 - 3_333 - 1)
        expect(await ask(id, 2)).toMatchObject({ allowed: false, retryAfter: 1 })
        await clock.advance(1)
        expect(await isAllowed(id, 2)).toBe(true)
      })

      it('gives each concurrent call its own time, as if the calls had arrived one by one', async () => {
        const id = await limited({ max: 6, burst: 3 })
        const answers = await Promise.all([2, 2, 1, 3].map((calls) => ask(id, calls)))
        expect(
          answers.map((one) => [one.allowed, 'retryAfter' in one ? one.retryAfter : undefined]),
        ).toEqual([
          [true, undefined],
          [false, 10],
          [true, undefined],
          [false, 30],
        ])
      })

      it('gives no time for a call that can never fit', async () => {
        const id = await limited({ max: 30, burst: 5 })
        const never = await ask(id, 6)
        expect(never).toMatchObject({ allowed: false, reason: 'rate_limited' })
        expect(never).not.toHaveProperty('retryAfter')
        await override(id, { max: 0 })
        const none = await ask(id, 1)
        expect(none).toMatchObject({ allowed: false, reason: 'rate_limited' })
        expect(none).not.toHaveProperty('retryAfter')
      })
    })

    it('allows nothing more when the clock goes back, and gives the time of the next call', async () => {
      const { clock } = subject()
      const id = await limited({ max: 60, burst: 2 })
      expect(await admitted(3, () => isAllowed(id))).toBe(2)
      await clock.advance(-5 * SECOND_MS)
      expect(await ask(id)).toMatchObject({ allowed: false, retryAfter: 6 })
      await clock.advance(6 * SECOND_MS - 1)
      expect(await isAllowed(id)).toBe(false)
      await clock.advance(1)
      expect(await admitted(2, () => isAllowed(id))).toBe(1)
    })

    it('counts the amounts of allowed calls at the time of the call, and nothing else', async () => {
      const { tollgate, clock } = subject()
      const id = await limited({ max: 30, burst: 10 })
      await tollgate.record(work(id, 9))
      expect(await level(id)).toBe(0)
      await ask(id, 11)
      expect(await level(id)).toBe(0)
      const tracked = await ask(id, 1)
      await tollgate.reverse({
        organizationId: id,
        eventId: tracked.usage.usageEventId as string,
        reason: 'test',
      })
      const reserve = async (calls: number, expiresInMs: number) => {
        const answer = await tollgate.reserve({ ...work(id, calls), expiresInMs })
        return held(answer).reservationId
      }
      const [settled, released] = [await reserve(2, 60_000), await reserve(1, 60_000)]
      await reserve(1, 1_000)
      expect(await level(id)).toBe(5)
      await tollgate.extend({
        organizationId: id,
        reservationId: settled,
        quantities: { calls: 3 },
      })
      expect(await level(id)).toBe(8)
      const { usage } = await tollgate.settle({
        organizationId: id,
        reservationId: settled,
        quantities: { calls: 40 },
      })
      expect(usage).not.toHaveProperty('warning')
      await tollgate.release({ organizationId: id, reservationId: released })
      await clock.advance(1_000)
      expect((await tollgate.usage.current({ organizationId: id })).limits).toMatchObject([
        { used: 8, held: 0 },
      ])
      expect((await tollgate.admin.aggregate()).differences).toEqual([])
    })

    it('that is soft refuses nothing, and shows the overage', async () => {
      const id = await limited({ max: 4, behavior: 'soft' })
      expect(await admitted(6, () => isAllowed(id))).toBe(6)
      expect((await ask(id)).limits).toMatchObject([{ used: 7, remaining: 0, overage: 3 }])
    })

    it('starts empty when set, and keeps its level when changed', async () => {
      const { organization } = subject()
      const id = await organization('free')
      await ask(id, 40)
      await override(id, { max: 10 })
      expect(await isAllowed(id, 10)).toBe(true)
      await override(id, { max: 12 })
      expect(await admitted(3, () => isAllowed(id))).toBe(2)
    })
  },
  metersOnly,
)
