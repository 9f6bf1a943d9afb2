import {
  createTollgate,
  defineCatalog,
  type Organization,
  type Tollgate,
  type TollgateEngine,
  TollgateRefusal,
} from 'tollgate'
import { familiarNames } from 'tollgate/familiar'
import { createHandler } from 'tollgate/server'
import { createTestTollgate } from 'tollgate/testing'

const catalog = defineCatalog({
  key: 'search',
  name: 'Search',
  meters: [{ key: 'queries', unit: 'query', aggregation: 'sum' }],
  eventTypes: [
    { key: 'query', name: 'Query', category: 'search', baseCredits: 0, meters: { queries: 1 } },
  ],
  plans: [
    {
      key: 'free',
      name: 'Free',
      monthlyPriceUsd: 0,
      limits: [{ meter: 'queries', window: 'day', max: 100, behavior: 'hard' }],
      upgradesTo: ['pro'],
    },
    { key: 'pro', name: 'Pro', monthlyPriceUsd: '49.00', limits: [] },
  ],
})

defineCatalog({
  key: 'wrong',
  name: 'Wrong',
  meters: [{ key: 'queries', unit: 'query', aggregation: 'sum' }],
  eventTypes: [],
  plans: [
    {
      key: 'free',
      name: 'Free',
      monthlyPriceUsd: 0,
      // @ts-expect-error there is no such meter
      limits: [{ meter: 'querys', window: 'day', max: 100, behavior: 'hard' }],
      // @ts-expect-error there is no such plan
      upgradesTo: ['professional'],
    },
  ],
})

export const uses = async () => {
  await using tollgate = await createTollgate({ database: 'memory', catalogs: [catalog] })
  const viewer: Tollgate = tollgate.as({ organizationId: 'acme', role: 'viewer', actor: 'user:1' })
  // @ts-expect-error there is no such role
  tollgate.as({ organizationId: 'acme', role: 'king', actor: 'user:1' })
  // @ts-expect-error an organization is named in the input
  viewer.members.list('acme')
  const organizations: Organization[] = []
  for await (const one of tollgate.organizations.list()) organizations.push(one)
  const handler = createHandler(tollgate, { basePath: '/api/tollgate' })
  const { clock } = await createTestTollgate({ at: '2026-01-31T09:00:00Z' })
  await clock.advance(60_000)
  const { monthlyPriceUsd } = await tollgate.catalog.plans.get({ key: 'search/free' })
  return [handler, TollgateRefusal, monthlyPriceUsd] as const
}

export const usesFamiliarNames = (tollgate: TollgateEngine) => {
  const { withUsageTracking, trackUsage } = familiarNames(tollgate)
  class Routes {
    @withUsageTracking({
      eventType: 'api_call',
      organizationId: (_request: Request, params: { orgId: string }) => params.orgId,
    })
    async ask(_request: Request, _params: { orgId: string }): Promise<Response> {
      return new Response()
    }
  }
  // @ts-expect-error an event type has a name
  trackUsage({ organizationId: 'acme' })
  return [Routes, trackUsage('acme', 'api_call')] as const
}
