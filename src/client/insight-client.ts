import type { AdminUsageRequest } from '../contract/operator-reports.ts'
import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** What is told of use: to an organization of its own, to the operator of all. */
export const insightClient = ({ ask }: Transport): Pick<TollgateClient, 'insight' | 'operator'> => {
  const get = <Value>(path: string, query = {}): Promise<Value> =>
    ask({ method: 'GET', path, query })
  const of = (organizationId: string, report: string) =>
    `/api/organizations/${encodeURIComponent(organizationId)}/usage/${report}`
  const analytics = '/api/admin/analytics'
  return {
    insight: {
      dashboard: (organizationId, request) => get(of(organizationId, 'dashboard'), request),
      management: (organizationId) => get(of(organizationId, 'management')),
      manage: (organizationId, input) =>
        ask({ method: 'PATCH', path: of(organizationId, 'management'), body: input }),
      overage: (organizationId) => get('/api/usage/overage', { organizationId }),
      onAnotherPlan: (organizationId, plan) => get(of(organizationId, 'another-plan'), { plan }),
      dryRun: (document) =>
        ask({ method: 'POST', path: '/api/admin/config/dry-run', body: { document } }),
    },
    operator: {
      usage: (request = {}) => get('/api/admin/usage', queryOf(request)),
      overview: () => get(`${analytics}/overview`),
      customers: (request) => get(`${analytics}/users`, request),
      margin: (organizationId) => get(`${analytics}/margin`, { organizationId }),
      trialSignals: () => get(`${analytics}/trials`),
    },
  }
}

const queryOf = ({ metrics, startDate, endDate, ...rest }: AdminUsageRequest) => ({
  ...rest,
  metrics: metrics?.join(','),
  startDate: textOf(startDate),
  endDate: textOf(endDate),
})

/** What is no instant is sent as it is, and refused by its name. */
const textOf = (instant: AdminUsageRequest['startDate']): string | undefined =>
  instant instanceof Date ? instant.toISOString() : instant
