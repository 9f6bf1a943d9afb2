import { writersNow } from '../../storage/tables/marks.ts'
import type { Context } from '../context.ts'
import { current } from '../gate/current.ts'
import { ForecastMemory } from './forecast-memory.ts'
import type { KeptSummaries } from './history.ts'
import { KeptAnswers } from './kept-answers.ts'
import { KeptDashboards } from './kept-dashboards.ts'
import { KeptPlatform } from './kept-platform.ts'
import { LiveFeeds } from './live-feeds.ts'

const MOST_SUMMARIES = 10_000

/** What the reports keep between calls. */
export interface ReportCaches {
  readonly memory: ForecastMemory
  readonly dashboards: KeptDashboards
  readonly platform: KeptPlatform
  readonly summaries: KeptSummaries
  readonly feeds: LiveFeeds
}

export const createReportCaches = (ctx: Context): ReportCaches => {
  const { clock, db } = ctx
  return {
    memory: new ForecastMemory(),
    dashboards: new KeptDashboards(ctx),
    platform: new KeptPlatform(ctx),
    summaries: new KeptAnswers({ clock, most: MOST_SUMMARIES, writers: () => writersNow(db) }),
    feeds: new LiveFeeds({ clock, read: (organizationId) => current(ctx, { organizationId }) }),
  }
}
