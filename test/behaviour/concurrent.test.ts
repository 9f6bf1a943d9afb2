import { expect, it } from 'vitest'
import type { LimitOverrideInput } from '../../src/contract/tenancy.ts'
import { held } from '../setup/held.ts'
import { describeOnEverySubstrate } from './describe-tollgate.ts'
import { metersOnly } from './meters-catalog.ts'

describeOnEverySubstrate(
  'a concurrent limit',
  (subject) => {
    const limited = async (limit: Partial<LimitOverrideInput>) => {
      const id = await subject().organization('free')
      await override(id, limit)
      return id
    }
    const override = (id: string, limit: Partial<LimitOverrideInput>) =>
      subject().tollgate.limits.override({
        organizationId: id,
        meter: 'calls',
        window: 'concurrent',
        max: 2,
        behavior: 'hard',
        reason: 'test',
        ...limit,
      })
    const job = (organizationId: string, more: { userId?: string; expiresInMs?: number } = {}) => ({
      organizationId,
      eventType: 'work',
      ...more,
    })
    const reserve = async (id: string, userId?: string, expiresInMs?: number) =>
      await subject().tollgate.reserve({ ...job(id), userId, expiresInMs })
    /** Opens a reservation that must be allowed, and returns its id. */
    const open = async (id: string, userId?: string, expiresInMs?: number) =>
      held(await reserve(id, userId, expiresInMs)).reservationId
    const isFull = async (id: string, userId?: string) => !(await reserve(id, userId)).allowed
    const standing = async (id: string) =>
      (await subject().tollgate.usage.current({ organizationId: id })).limits

    it('refuses a reservation past its maximum, without a retry time', async () => {
      const id = await limited({ max: 3 })
      for (let i = 0; i < 3; i++) await open(id)
      const refused = await reserve(id)
      expect(refused).toMatchObject({
        allowed: false,
        reason: 'too_many_concurrent',
        reservationId: null,
        remaining: 0,
        resetAt: null,
      })
      expect(refused).not.toHaveProperty('retryAfter')
      expect(refused.limits).toMatchObject([{ window: 'concurrent', used: 3, refused: true }])
      expect(await standing(id)).toMatchObject([{ used: 0, held: 3, remaining: 0, resetAt: null }])
    })

    it('allows exactly 10 of 50 concurrent reservations', async () => {
      const id = await limited({ max: 10 })
      const answers = await Promise.all(Array.from({ length: 50 }, () => reserve(id)))
      expect(answers.filter(({ allowed }) => allowed)).toHaveLength(10)
      expect(await standing(id)).toMatchObject([{ held: 10 }])
    })

    it('has room again as soon as a reservation is settled or released', async () => {
      const { tollgate } = subject()
      const id = await limited({})
      const [one, other] = [await open(id), await open(id)]
      expect(await isFull(id)).toBe(true)
      await tollgate.settle({ organizationId: id, reservationId: one })
      const third = await open(id)
      expect(await isFull(id)).toBe(true)
      await tollgate.release({ organizationId: id, reservationId: other })
      await open(id)
      expect(await isFull(id)).toBe(true)
      await tollgate.settle({ organizationId: id, reservationId: third, quantities: { calls: 40 } })
      await open(id)
      expect((await tollgate.admin.aggregate()).differences).toEqual([])
    })

    it('has room again exactly when a reservation expires', async () => {
      const { clock } = subject()
      const id = await limited({ max: 1 })
      await open(id, undefined, 5_000)
      await clock.advance(4_999)
      expect(await isFull(id)).toBe(true)
      expect(await standing(id)).toMatchObject([{ held: 1 }])
      await clock.advance(1)
      expect(await standing(id)).toMatchObject([{ held: 0 }])
      await open(id)
    })

    it('counts open reservations from any hour or day', async () => {
      const { tollgate, clock } = subject()
      const id = await limited({ max: 1 })
      const expiresInMs = 24 * 3_600_000
      expect((await tollgate.reserve(job(id, { expiresInMs }))).allowed).toBe(true)
      await clock.advance(expiresInMs - 1)
      expect(await isFull(id)).toBe(true)
    })

    it('ignores calls that hold nothing', async () => {
      const { tollgate } = subject()
      const id = await limited({ max: 1 })
      await open(id)
      expect(await tollgate.track(job(id))).toMatchObject({ allowed: true, limits: [] })
      expect(await tollgate.check(job(id))).toMatchObject({ allowed: true })
      expect(await standing(id)).toMatchObject([{ held: 1 }])
    })

    it('per user counts each user separately, and allows calls without a user if it says so', async () => {
      const { tollgate } = subject()
      const id = await limited({ per: 'user', anonymous: 'allow' })
      const first = await open(id, 'ann')
      await open(id, 'ann')
      expect(await isFull(id, 'ann')).toBe(true)
      for (const user of ['bob', 'bob', undefined, undefined, undefined]) await open(id, user)
      expect(await isFull(id, 'bob')).toBe(true)
      await tollgate.release({ organizationId: id, reservationId: first })
      expect(await isFull(id, 'bob')).toBe(true)
      await open(id, 'ann')
      expect(await isFull(id, 'ann')).toBe(true)
    })

    it('per user, with one for the organization, allows only calls that fit both', async () => {
      const id = await limited({ max: 4 })
      await override(id, { per: 'user', max: 2, anonymous: 'allow' })
      const users = ['ann', 'ann', 'ann', 'bob', undefined, 'bob', undefined]
      const answers = await Promise.all(users.map((user) => reserve(id, user)))
      expect(answers.map(({ allowed }) => allowed)).toEqual([
        ...[true, true, false, true, true, false, false],
      ])
    })

    it('counts extensions, and refuses one that does not fit', async () => {
      const { tollgate } = subject()
      const id = await limited({ meter: 'tokens', max: 1_000 })
      const hold = (tokens: number) => tollgate.reserve({ ...job(id), quantities: { tokens } })
      const first = held(await hold(600))
      const grow = (tokens: number) => first.extend({ quantities: { tokens } })
      expect(await grow(300)).toMatchObject({ allowed: true, remaining: 100 })
      expect(await grow(101)).toMatchObject({ allowed: false, reason: 'too_many_concurrent' })
      expect((await hold(100)).allowed).toBe(true)
      expect((await hold(1)).allowed).toBe(false)
    })

    it('per API key counts the key that holds, even if another key extends', async () => {
      const { withKey } = subject()
      const id = await limited({ per: 'api_key' })
      const [one, other] = [await withKey(id), await withKey(id)]
      const { reservationId } = held(await one.reserve(job(id)))
      expect((await one.reserve(job(id))).allowed).toBe(true)
      expect((await one.reserve(job(id))).reason).toBe('too_many_concurrent')
      const more = { quantities: { calls: 1 } }
      const grown = await other.extend({
        organizationId: id,
        reservationId,
        ...more,
      })
      expect(grown).toMatchObject({ allowed: false, reason: 'too_many_concurrent' })
      expect((await other.reserve(job(id))).allowed).toBe(true)
    })
  },
  metersOnly,
)
