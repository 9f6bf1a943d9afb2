import { endpointsUsageSchema } from '../../contract/usage-reports.ts'
import { ETAG_HEADERS, jsonUnlessKnown } from '../etag.ts'
import { endpointsQuerySchema, withoutOrganization } from '../report-parameters.ts'
import { defineRoute } from '../route.ts'

/** Calls, errors and latencies by endpoint. */
export const usageEndpoints = defineRoute({
  operationId: 'usage.endpoints',
  method: 'get',
  path: '/api/usage/endpoints',
  access: 'usage.read',
  organization: 'query',
  tag: 'Usage',
  summary: 'How the endpoints of an organization do',
  description:
    'Percentiles are read from histograms, and are within 10 % of the true ones. Those are kept by ' +
    'UTC day, so they cover every UTC day that has a part in the range, as `latency` says.',
  query: endpointsQuerySchema,
  answers: {
    200: {
      description: 'The most called first.',
      schema: endpointsUsageSchema,
      headers: ETAG_HEADERS,
    },
    304: { description: 'As it was when it had the ETag of `If-None-Match`.', isEmpty: true },
  },
  run: ({ tollgate, organizationId, query, request }) => {
    const asked = withoutOrganization(query)
    return jsonUnlessKnown(
      request,
      () => tollgate.usage.stateOf(organizationId, 'endpoints', asked),
      () => tollgate.usage.endpoints(organizationId, asked),
    )
  },
})
