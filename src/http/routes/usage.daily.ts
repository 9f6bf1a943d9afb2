import { dailyUsageSchema } from '../../contract/usage-reports.ts'
import { ETAG_HEADERS, jsonUnlessKnown } from '../etag.ts'
import { dailyQuerySchema, withoutOrganization } from '../report-parameters.ts'
import { defineRoute } from '../route.ts'

/** Figures by day. */
export const usageDaily = defineRoute({
  operationId: 'usage.daily',
  method: 'get',
  path: '/api/usage/history',
  access: 'usage.read',
  organization: 'query',
  tag: 'Usage',
  summary: 'What an organization used, by day',
  description:
    'The days are those of the time zone, added up from the roll-ups of UTC hours; the windows of ' +
    'limits are in UTC whatever it is.',
  query: dailyQuerySchema,
  answers: {
    200: {
      description: 'Every day, oldest first.',
      schema: dailyUsageSchema,
      headers: ETAG_HEADERS,
    },
    304: { description: 'As it was when it had the ETag of `If-None-Match`.', isEmpty: true },
  },
  run: ({ tollgate, organizationId, query, request }) => {
    const asked = withoutOrganization(query)
    return jsonUnlessKnown(
      request,
      () => tollgate.usage.stateOf(organizationId, 'daily', asked),
      () => tollgate.usage.daily(organizationId, asked),
    )
  },
})
