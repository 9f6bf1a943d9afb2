import type { Context } from '../context.ts'
import { type Answers, cachedAnswers } from './answers.ts'
import { cachedCurrent } from './cached-current.ts'
import { Forecasts } from './forecasts.ts'
import { LiveFeeds } from './live-feeds.ts'

/** The caches of the reports, and the live feeds. */
export interface ReportCaches {
  readonly forecasts: Forecasts
  readonly answers: Answers
  readonly feeds: LiveFeeds
}

export const createReportCaches = (ctx: Context): ReportCaches => ({
  forecasts: new Forecasts(),
  answers: cachedAnswers(ctx),
  feeds: new LiveFeeds({
    clock: ctx.clock,
    read: (organizationId) => cachedCurrent(ctx, organizationId),
  }),
})
