import { expect, it } from 'vitest'
import type { LimitOverrideInput } from '../../src/contract/tenancy.ts'
import { held } from '../setup/held.ts'
import { describeOnEverySubstrate } from './describe-tollgate.ts'
import { metersOnly } from './meters-catalog.ts'

describeOnEverySubstrate(
  'a cap on overage',
  (subject) => {
    const capped = async (limit: Partial<LimitOverrideInput> = {}) => {
      const { tollgate, organization } = subject()
      const id = await organization('free', '2026-02-20T08:00:00Z')
      await tollgate.limits.override({
        organizationId: id,
        ...({
          meter: 'tokens',
          window: 'period',
          max: 1_000,
          cap: 1_500,
          behavior: 'overage',
          reason: 'test',
          ...limit,
        } as LimitOverrideInput),
      })
      return id
    }
    const work = (organizationId: string, tokens: number) => ({
      organizationId,
      eventType: 'work',
      quantities: { tokens },
    })
    const ask = async (id: string, tokens: number) =>
      await subject().tollgate.track(work(id, tokens))

    it('allows overage up to the cap, and refuses everything past it', async () => {
      const id = await capped()
      expect((await ask(id, 1_200)).limits).toMatchObject([{ used: 1_200, overage: 200 }])
      const refused = await ask(id, 301)
      expect(refused).toMatchObject({ allowed: false, reason: 'spend_cap_reached' })
      expect(refused.limits).toMatchObject([{ max: 1_000, used: 1_200, refused: true }])
      expect((await ask(id, 300)).limits).toMatchObject([{ used: 1_500, overage: 500 }])
      expect((await ask(id, 1)).allowed).toBe(false)
    })

    it('refuses until the window ends, and no longer', async () => {
      const { clock } = subject()
      const id = await capped({ window: 'day' })
      await clock.set('2026-03-10T23:59:00Z')
      await ask(id, 1_500)
      expect(await ask(id, 1)).toMatchObject({
        allowed: false,
        resetAt: '2026-03-11T00:00:00.000Z',
        retryAfter: 60,
      })
      await clock.set('2026-03-11T00:00:00Z')
      expect((await ask(id, 1_500)).allowed).toBe(true)
    })

    it('allows exactly as many concurrent calls as fit', async () => {
      const id = await capped()
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask(id, 100)))
      expect(answers.filter(({ allowed }) => allowed)).toHaveLength(15)
    })

    it('counts holds, and recorded or settled use past it', async () => {
      const { tollgate } = subject()
      const id = await capped()
      const hold = (tokens: number) => tollgate.reserve(work(id, tokens))
      const { reservationId } = held(await hold(1_400))
      expect(await hold(101)).toMatchObject({ allowed: false, reason: 'spend_cap_reached' })
      await tollgate.settle({
        organizationId: id,
        reservationId,
        quantities: { tokens: 1_700 },
      })
      expect((await ask(id, 1)).allowed).toBe(false)
      await tollgate.record(work(id, 50))
      expect((await tollgate.usage.current({ organizationId: id })).limits).toMatchObject([
        { used: 1_750, held: 0 },
      ])
    })

    it('equal to the maximum refuses all overage; without a cap overage is unlimited', async () => {
      const none = await capped({ cap: 1_000 })
      expect((await ask(none, 1_001)).reason).toBe('spend_cap_reached')
      expect((await ask(none, 1_000)).allowed).toBe(true)
      const open = await capped({ cap: undefined })
      expect((await ask(open, 1_000_000)).allowed).toBe(true)
    })

    it('applies to credits as well, whose hard limit has its own reason', async () => {
      const credits = { meter: 'credits', max: 0.7 }
      const id = await capped({ ...credits, cap: 2.1 })
      for (let i = 0; i < 3; i++) expect((await ask(id, 0)).allowed).toBe(true)
      expect((await ask(id, 0)).reason).toBe('spend_cap_reached')
      const hard = await capped({ ...credits, behavior: 'hard', cap: undefined })
      expect((await ask(hard, 0)).usage).toMatchObject({
        creditsConsumed: 0.7,
        remainingCredits: 0,
      })
      expect((await ask(hard, 0)).reason).toBe('credits_exhausted')
    })
  },
  metersOnly,
)
