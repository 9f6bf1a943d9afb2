import type {
  HistoryEvent,
  HistoryExportInput,
  HistoryListInput,
} from '../contract/usage-history.ts'
import type { LiveUsage } from '../contract/usage-reports.ts'
import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** What an organization used. */
export const usageClient = ({ ask, lines }: Transport): Pick<TollgateClient, 'usage'> => {
  const at = (organizationId: string, what: string) =>
    `/api/organizations/${encodeURIComponent(organizationId)}/usage/${what}`
  return {
    usage: {
      history: (organizationId, request = {}) =>
        ask({ method: 'GET', path: at(organizationId, 'history'), query: queryOf(request) }),
      exportHistory: async (organizationId, request = {}) => {
        const query = { ...queryOf(request), format: 'jsonl' }
        return eventsOf(await lines({ method: 'GET', path: at(organizationId, 'history'), query }))
      },
      daily: (organizationId, request = {}) =>
        ask({ method: 'GET', path: '/api/usage/history', query: { organizationId, ...request } }),
      endpoints: (organizationId, request = {}) =>
        ask({ method: 'GET', path: '/api/usage/endpoints', query: { organizationId, ...request } }),
      live: async (organizationId, { after } = {}) => {
        const headers = {
          accept: 'text/event-stream',
          ...(after === undefined ? {} : { 'last-event-id': after }),
        }
        return told(await lines({ method: 'GET', path: at(organizationId, 'stream') }, headers))
      },
    },
  }
}

/** What is no date is sent as it is, and refused by its name. */
const queryOf = ({ startDate, endDate, ...rest }: HistoryListInput | HistoryExportInput) => ({
  ...Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? String(value) : value,
    ]),
  ),
  startDate: textOf(startDate),
  endDate: textOf(endDate),
})

const textOf = (date: HistoryListInput['startDate']): string | undefined =>
  date instanceof Date ? date.toISOString() : date

async function* eventsOf(lines: AsyncIterable<string>): AsyncGenerator<HistoryEvent> {
  for await (const line of lines) if (line !== '') yield JSON.parse(line)
}

/** Server-sent events, each of one line of data. */
async function* told(lines: AsyncIterable<string>): AsyncGenerator<LiveUsage> {
  let id = ''
  for await (const line of lines) {
    if (line.startsWith('id: ')) id = line.slice(4)
    if (line.startsWith('data: ')) yield { id, figures: JSON.parse(line.slice(6)) }
  }
}
