import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

/** Limits that are declared in no order. */
const document: CatalogInput = {
  key: 'unordered',
  name: 'Unordered',
  meters: ['zeta', 'alpha', 'mid'].map((key) => ({ key, unit: 'call', aggregation: 'count' })),
  eventTypes: [
    {
      key: 'act',
      name: 'Act',
      category: 'call',
      baseCredits: 0,
      meters: { zeta: 1, alpha: 1, mid: 1 },
    },
  ],
  plans: [
    {
      key: 'all',
      name: 'All',
      monthlyPriceUsd: 0,
      limits: [
        { meter: 'zeta', window: 'month', max: 100, behavior: 'hard' },
        { meter: 'mid', window: 'period', max: 100, behavior: 'hard' },
        { meter: 'zeta', window: 'day', max: 100, behavior: 'hard' },
        { meter: 'alpha', window: 'hour', max: 100, behavior: 'hard' },
        { meter: 'mid', window: 'day', max: 100, behavior: 'soft' },
      ],
    },
  ],
}
const BY_NAME = ['alpha/hour', 'mid/day', 'mid/period', 'zeta/day', 'zeta/month']

describeTollgate('limits in an answer', (subject) => {
  it('are ordered by name, however the call is decided', async () => {
    const { tollgate, organization } = subject()
    await tollgate.catalog.apply({ document })
    const organizationId = await organization('unordered/all')
    // An override is stored apart from the limits of the plan.
    await tollgate.limits.override({
      organizationId,
      meter: 'alpha',
      window: 'hour',
      max: 50,
      behavior: 'hard',
      reason: 'a test',
    })
    const call = { organizationId, eventType: 'act' }
    const names = ({ limits }: { readonly limits: readonly { readonly limit: string }[] }) =>
      limits.map(({ limit }) => limit)
    expect(names(await tollgate.check(call))).toEqual(BY_NAME)
    expect(names(await tollgate.track({ ...call, id: 'one' }))).toEqual(BY_NAME)
    expect(names(await tollgate.track({ ...call, id: 'one' }))).toEqual(BY_NAME)
    expect(names(await tollgate.track(call))).toEqual(BY_NAME)
    const hold = await tollgate.reserve(call)
    expect(names(hold)).toEqual(BY_NAME)
    expect(names(await tollgate.usage.current({ organizationId }))).toEqual(BY_NAME)
  })
})
