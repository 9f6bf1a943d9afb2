import { type HistoryExportInput, historyPageSchema } from '../../contract/usage-history.ts'
import { fileReply } from '../file-reply.ts'
import { HISTORY_COLUMNS } from '../history-export.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { historyQuerySchema } from '../report-parameters.ts'
import { defineRoute } from '../route.ts'

/** The raw events of one organization. */
export const usageHistory = defineRoute({
  operationId: 'usage.history',
  method: 'get',
  path: '/api/organizations/{orgId}/usage/history',
  access: 'usage.read',
  organization: 'path',
  tag: 'Usage',
  summary: 'The events of an organization',
  description:
    'Filters are taken together. Without dates, the last 400 days, as far as raw events are kept. ' +
    'Pages reach to the 10,000th event, and cursors to the last one. With `format`, everything ' +
    'that fits as a file, CSV or a JSON object a line; cells that a spreadsheet would take for a ' +
    'formula begin with an apostrophe.',
  params: organizationParameters,
  query: historyQuerySchema,
  answers: { 200: { description: 'A page of them.', schema: historyPageSchema } },
  run: async ({ tollgate, params: { orgId }, query: { format, ...request } }) => {
    if (format === undefined) return json(await tollgate.usage.history(orgId, request))
    // With all that was given: the verb refuses by its name what means nothing for a file.
    const wanted: HistoryExportInput = request
    const events = await tollgate.usage.exportHistory(orgId, wanted)
    return fileReply(events, HISTORY_COLUMNS, format, `usage-${orgId}`)
  },
})
