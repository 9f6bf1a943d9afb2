import { z } from 'zod'
import { isZone } from '../core/zone-days.ts'
import { currentUsageSchema } from './tenancy.ts'
import type {
  HistoryEvent,
  HistoryExportInput,
  HistoryListInput,
  HistoryPage,
} from './usage-history.ts'

export const MAX_REPORT_DAYS = 400
export const MAX_ENDPOINTS = 200
export const DEFAULT_DAYS = { daily: 30, endpoints: 7 } as const
const DEFAULT_ENDPOINTS = 50

export const timezoneSchema = z
  .string()
  .max(64, 'must be at most 64 characters')
  .refine(isZone, 'must be the IANA name of a time zone, such as Europe/Berlin')

const daysSchema = z
  .number('must be a number')
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(MAX_REPORT_DAYS, `must be at most ${MAX_REPORT_DAYS}`)

export const dailyRequestSchema = z.strictObject({
  days: daysSchema
    .optional()
    .describe(`up to today, which counts; ${DEFAULT_DAYS.daily} if not given`),
  timezone: timezoneSchema.optional().describe("whose days; the organization's own if not given"),
})
export type DailyRequest = z.input<typeof dailyRequestSchema>

export const endpointsRequestSchema = z.strictObject({
  days: daysSchema
    .optional()
    .describe(`up to today, which counts; ${DEFAULT_DAYS.endpoints} if not given`),
  timezone: dailyRequestSchema.shape.timezone,
  limit: z
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(MAX_ENDPOINTS, `must be at most ${MAX_ENDPOINTS}`)
    .optional()
    .describe(`so many of the most called; ${DEFAULT_ENDPOINTS} if not given`),
})
export type EndpointsRequest = z.input<typeof endpointsRequestSchema>
export const endpointsDefaults = { limit: DEFAULT_ENDPOINTS } as const

/** How the days of a report lie in time. */
const rangeFields = {
  organizationId: z.string(),
  timezone: z.string().describe('whose days these are'),
  windowsIn: z.literal('UTC').describe('the zone in which the windows of limits are'),
  dayStarts: z
    .enum(['exact', 'next_hour'])
    .describe(
      '`next_hour`: the zone is not whole hours off UTC. An hour counts into the day in which it ' +
        'begins, so days begin up to an hour late',
    ),
  from: z.iso.datetime(),
  to: z.iso.datetime().describe('the end of today, which is still to come'),
}

const figureFields = {
  events: z.number().int().describe('an event that was taken back counts as if it had never been'),
  errors: z.number().int().describe('answered with a status of 400 or more'),
  errorRate: z.number().nullable().describe('errors of events, 0 to 1; null: no events'),
  unpriced: z.number().int().describe('with a model for which there was no price'),
  credits: z.number(),
  costUsd: z.string(),
}

const dailyFields = {
  ...figureFields,
  inputTokens: z.number().int(),
  cachedInputTokens: z.number().int(),
  outputTokens: z.number().int(),
  reasoningTokens: z.number().int(),
}

export const dailyUsageSchema = z.object({
  ...rangeFields,
  days: z.array(
    z.object({
      date: z.string().describe('in the calendar of the zone'),
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      hours: z.number().int().describe('23 or 25 where a clock is put forward or back'),
      ...dailyFields,
    }),
  ),
  total: z.object(dailyFields),
})
export type DailyUsage = z.output<typeof dailyUsageSchema>

const latencyFields = {
  timed: z.number().int().describe('calls whose duration is known'),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
}

export const endpointsUsageSchema = z.object({
  ...rangeFields,
  latency: z
    .object({ from: z.iso.datetime(), to: z.iso.datetime(), withinPercent: z.number() })
    .describe('latencies are kept by UTC day: those of every UTC day that has a part in the range'),
  endpointsInAll: z.number().int(),
  endpoints: z.array(z.object({ endpoint: z.string(), ...figureFields, ...latencyFields })),
})
export type EndpointsUsage = z.output<typeof endpointsUsageSchema>

const liveUsageSchema = z.object({
  id: z.string().describe('the same for the same figures: for `Last-Event-ID`'),
  figures: currentUsageSchema,
})
export type LiveUsage = z.output<typeof liveUsageSchema>

interface LiveOptions {
  /** The `id` of what was seen last: nothing is told until there is something else to tell. */
  readonly after?: string | undefined
}

/** What an organization used: raw events, and figures from roll-ups. */
export interface UsageReports {
  /** A page of its events, filtered and sorted, and what all that fit come to. */
  history(organizationId: string, request?: HistoryListInput): Promise<HistoryPage>
  /** All events that fit, in the order of time, read a page at a time as they are taken. */
  exportHistory(
    organizationId: string,
    request?: HistoryExportInput,
  ): Promise<AsyncIterable<HistoryEvent>>
  /** Figures by day. */
  daily(organizationId: string, request?: DailyRequest): Promise<DailyUsage>
  /** Calls, errors and latencies by endpoint, the most called first. */
  endpoints(organizationId: string, request?: EndpointsRequest): Promise<EndpointsUsage>
  /**
   * How it stands, whenever that changes, at most once a second. Who is slow to take it is told
   * the latest. Ends with the engine.
   */
  live(organizationId: string, options?: LiveOptions): Promise<AsyncIterable<LiveUsage>>
}

/** How a live stream is kept up by a door. */
export interface LiveInProcessOptions extends LiveOptions {
  /** Asked every few seconds; when it says no, the stream ends. */
  readonly mayGoOn?: () => Promise<boolean>
}

/** What is told when nothing has changed for a while, so that the line is not taken for dead. */
export interface LiveBeat {
  readonly id: string | undefined
  readonly figures: null
}

export interface UsageReportsInProcess extends UsageReports {
  /** The live figures with a beat every 15 seconds in which there was nothing to tell. */
  liveWithBeats(
    organizationId: string,
    options?: LiveInProcessOptions,
  ): Promise<AsyncIterableIterator<LiveUsage | LiveBeat>>
  /** Differs whenever what `daily` or `endpoints` answers does; costs much less than they do. */
  stateOf(
    organizationId: string,
    report: 'daily' | 'endpoints',
    request: DailyRequest | EndpointsRequest,
  ): Promise<string>
  /** Ends every live stream, and begins no more. */
  endLive(): void
}
