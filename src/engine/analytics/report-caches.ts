import { writersNow } from '../../storage/reports/marks.ts'
import type { Context } from '../context.ts'
import { current } from '../gate/current.ts'
import { ForecastMemory } from '../reports/forecast-memory.ts'
import type { KeptSummaries } from '../reports/history.ts'
import { KeptAnswers } from '../reports/kept-answers.ts'
import { KeptDashboards } from '../reports/kept-dashboards.ts'
import { LiveFeeds } from '../reports/live-feeds.ts'
import { KeptPlatform } from './kept-platform.ts'

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
