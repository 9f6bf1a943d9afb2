import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { held } from '../setup/held.ts'
import { describeEngine } from './describe-engine.ts'

const answer = {
  key: 'answer',
  name: 'Answer',
  category: 'chat',
  baseCredits: 0,
  meters: { calls: 1 },
}
const plan = (key: string, features: CatalogInput['plans'][number]['features']) => ({
  key,
  name: key,
  monthlyPriceUsd: 0,
  limits: [],
  features,
})
const catalog = {
  key: 'desk',
  name: 'Desk',
  meters: [{ key: 'calls', unit: 'call', aggregation: 'count' }],
  eventTypes: [
    { ...answer, requires: 'vision' },
    { ...answer, key: 'ask' },
  ],
  plans: [
    plan('silent', {}),
    plan('no', { vision: false }),
    plan('none', { vision: 0 }),
    plan('yes', { vision: true }),
    plan('metered', { vision: { metered: 'calls' } }),
  ],
} satisfies CatalogInput
const options = { catalogs: [{ document: catalog, origin: 'desk.json' }] }

describeEngine('a feature that an event type requires', options, (subject) => {
  it.each(['silent', 'no', 'none'])(
    'is refused for every gate verb if the plan says %s',
    async (key) => {
      const { tollgate, organization } = subject()
      const call = { organizationId: await organization(key), eventType: 'answer' }
      const refused = { allowed: false, reason: 'feature_not_included', limits: [] }
      expect(await tollgate.check(call)).toMatchObject(refused)
      expect(await tollgate.track(call)).toMatchObject(refused)
      expect(await tollgate.reserve(call)).toMatchObject({
        ...refused,
        reservationId: null,
      })
      const { month } = await tollgate.usage.current({ organizationId: call.organizationId })
      expect(month.events).toBe(0)
      expect((await tollgate.track({ ...call, eventType: 'ask' })).allowed).toBe(true)
    },
  )

  it.each(['yes', 'metered'])('is allowed if the plan says %s', async (key) => {
    const { tollgate, organization } = subject()
    const call = { organizationId: await organization(key), eventType: 'answer' }
    expect(await tollgate.track(call)).toMatchObject({ allowed: true, reason: null })
  })

  it('does not affect past use, which is always recorded', async () => {
    const { tollgate, organization } = subject()
    const call = { organizationId: await organization('no'), eventType: 'answer' }
    expect(await tollgate.record(call)).toEqual({ accepted: 1, duplicates: 0, rejected: [] })
  })

  it('is checked when a call reserves, but not when it settles', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('yes')
    const hold = held(await tollgate.reserve({ organizationId, eventType: 'answer' }))
    await tollgate.planRegistry.updatePlan(
      'desk/yes',
      { features: { vision: false } },
      { applyToExisting: true },
    )
    const settled = await tollgate.settle({ organizationId, reservationId: hold.reservationId })
    expect(settled).toMatchObject({ state: 'settled', settled: { calls: 1 } })
  })
})

describeEngine('the built-in catalogs', {}, (subject) => {
  it.each([
    ['ai-workspace/free', 'generate_planning', false],
    ['ai-workspace/free', 'run_agent_task', false],
    ['ai-workspace/starter', 'generate_planning', true],
    ['ai-workspace/starter', 'run_agent_task', false],
    ['ai-workspace/professional', 'run_agent_task', true],
    ['ai-workspace/free', 'write_draft', true],
    ['rag-chatbot/trial', 'embedding', true],
    ['api-platform/free', 'api_call', true],
  ])('decide on %s whether %s is allowed: %s', async (plan, eventType, allowed) => {
    const organizationId = await subject().organization(plan)
    const decision = await subject().tollgate.track({ organizationId, eventType })
    expect([decision.allowed, decision.reason]).toEqual([
      ...[allowed, allowed ? null : 'feature_not_included'],
    ])
  })
})
