import { createHash } from 'node:crypto'
import { dashboardRequestSchema, usageDashboardSchema } from '../../contract/insight.ts'
import { ETAG_HEADERS, jsonUnlessKnown } from '../etag.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { defineRoute } from '../route.ts'

/** An organization's use at one look. */
export const usageDashboard = defineRoute({
  operationId: 'usage.dashboard',
  method: 'get',
  path: '/api/organizations/{orgId}/usage/dashboard',
  access: 'usage.read',
  organization: 'path',
  tag: 'Insight',
  summary: 'How an organization stands, and where it is heading',
  description:
    'Its billing period so far, its days and months, what is expected of it, and what deserves a ' +
    'warning. Days are those of the time zone; the windows of limits are in UTC.',
  params: organizationParameters,
  query: dashboardRequestSchema,
  answers: {
    200: { description: 'The dashboard.', schema: usageDashboardSchema, headers: ETAG_HEADERS },
    304: { description: 'As it was when it had the ETag of `If-None-Match`.', isEmpty: true },
  },
  run: async ({ tollgate, organizationId, query, request }) => {
    const answer = await tollgate.insight.dashboard(organizationId, query)
    // The moment of the answer is no figure, nor is that of a rate: both are always now.
    const { at: _, ...figures } = answer
    const text = JSON.stringify(figures, (_key, value) =>
      value?.window === 'minute' ? { ...value, resetAt: null } : value,
    )
    const state = createHash('sha256').update(text).digest('base64url')
    return jsonUnlessKnown(
      request,
      async () => state.slice(0, 22),
      async () => answer,
    )
  },
})
