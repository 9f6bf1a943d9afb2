import type { HistoryListInput } from '../../contract/usage-history.ts'
import type { LiveUsage, UsageReportsInProcess } from '../../contract/usage-reports.ts'
import { writersNow } from '../../storage/tables/marks.ts'
import type { Context } from '../context.ts'
import type { OpenVerb } from '../open-verb.ts'
import { dailyUsage } from './daily.ts'
import { endpointsUsage } from './endpoints.ts'
import { exportHistory, type KeptSummaries, listHistory } from './history.ts'
import { KeptAnswers } from './kept-answers.ts'
import type { LiveFeeds } from './live-feeds.ts'
import { reportState } from './report-state.ts'

const MOST_SUMMARIES = 10_000

/** What an organization used, by event, day and endpoint, and live. */
export const reportVerbs = (
  { clock, db }: Pick<Context, 'clock' | 'db'>,
  open: OpenVerb,
  feeds: Pick<LiveFeeds, 'watch' | 'close'>,
): UsageReportsInProcess => {
  const liveWithBeats = open((_ctx, ...args: Parameters<LiveFeeds['watch']>) =>
    feeds.watch(...args),
  )
  const summaries: KeptSummaries = new KeptAnswers({
    ...{ clock, most: MOST_SUMMARIES },
    writers: () => writersNow(db),
  })
  return {
    history: open((ctx, organizationId: string, request?: HistoryListInput) =>
      listHistory({ ...ctx, summaries }, organizationId, request),
    ),
    exportHistory: open(exportHistory),
    daily: open(dailyUsage),
    endpoints: open(endpointsUsage),
    live: async (organizationId, options) =>
      withoutBeats(await liveWithBeats(organizationId, options)),
    liveWithBeats,
    stateOf: open(reportState),
    endLive: () => feeds.close(),
  }
}

/** By hand and no generator, which could not be left while it waits. */
const withoutBeats = (
  feed: Awaited<ReturnType<LiveFeeds['watch']>>,
): AsyncIterableIterator<LiveUsage> => {
  const told: AsyncIterableIterator<LiveUsage> = {
    [Symbol.asyncIterator]: () => told,
    next: async () => {
      for (;;) {
        const { value, done } = await feed.next()
        if (done) return { value: undefined, done }
        if (value.figures) return { value, done: false }
      }
    },
    return: async () => {
      await feed.return?.()
      return { value: undefined, done: true }
    },
  }
  return told
}
