import { z } from 'zod'
import { isZone } from '../core/zone-days.ts'
import type { OfOrganization } from './call.ts'
import { answered } from './schema-names.ts'
import { currentUsageSchema } from './tenancy.ts'
import { endDateSchema, startDateSchema } from './usage-history.ts'

export const MAX_REPORT_DAYS = 400
const MAX_ENDPOINTS = 200
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
    .describe(`the number of days up to and including today; default ${DEFAULT_DAYS.daily}`),
  timezone: timezoneSchema
    .optional()
    .describe("the time zone of days; default: the organization's own"),
})
export type DailyRequest = z.input<typeof dailyRequestSchema>

export const endpointsRequestSchema = z.strictObject({
  days: daysSchema
    .optional()
    .describe(`the number of days up to and including today; default ${DEFAULT_DAYS.endpoints}`),
  timezone: dailyRequestSchema.shape.timezone,
  limit: z
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(MAX_ENDPOINTS, `must be at most ${MAX_ENDPOINTS}`)
    .optional()
    .describe(`the number of endpoints, most called first; default ${DEFAULT_ENDPOINTS}`),
})
export type EndpointsRequest = z.input<typeof endpointsRequestSchema>
export const endpointsDefaults = { limit: DEFAULT_ENDPOINTS } as const

/** The days of a report. */
const rangeFields = {
  organizationId: z.string(),
  timezone: z.string().describe('the time zone of days'),
  windowsIn: z.literal('UTC').describe('the time zone of the windows of limits'),
  dayStarts: z
    .enum(['exact', 'next_hour'])
    .describe(
      "`next_hour`: the zone's offset from UTC is not whole hours. An hour belongs to the day " +
        'in which it begins, so days begin up to an hour late',
    ),
  from: z.iso.datetime(),
  to: z.iso.datetime().describe('the end of today, in the future'),
}

const figureFields = {
  events: z.number().int().describe('reversed events do not count'),
  errors: z.number().int().describe('calls with a status of 400 or more'),
  errorRate: z.number().nullable().describe('errors per event, 0 to 1; null: no events'),
  unpriced: z.number().int().describe('events with a model that had no price'),
  credits: z.number(),
  costUsd: z.string(),
}

const dailyFields = {
  ...figureFields,
  inputTokens: z.number().int(),
  cachedInputTokens: z.number().int(),
  outputTokens: z.number().int(),
  reasoningTokens: z.number().int(),
  parts: z
    .record(z.string(), z.number())
    .describe('other reported amounts, such as `cacheWriteTokens`; zeros are left out'),
}

export const dailyUsageSchema = answered(
  'DailyUsage',
  z.object({
    ...rangeFields,
    days: z.array(
      z.object({
        date: z.string().describe('the date in the time zone'),
        from: z.iso.datetime(),
        to: z.iso.datetime(),
        hours: z.number().int().describe('the hours of the day: 23 or 25 when the clock changes'),
        ...dailyFields,
      }),
    ),
    total: z.object(dailyFields),
  }),
)
export type DailyUsage = z.output<typeof dailyUsageSchema>

const latencyFields = {
  timed: z.number().int().describe('calls with a known duration'),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
}

export const endpointsUsageSchema = answered(
  'EndpointsUsage',
  z.object({
    ...rangeFields,
    latency: z
      .object({ from: z.iso.datetime(), to: z.iso.datetime(), withinPercent: z.number() })
      .describe(
        'latencies are stored per UTC day; these cover every UTC day that overlaps the range',
      ),
    endpointsInAll: z.number().int(),
    endpoints: z.array(z.object({ endpoint: z.string(), ...figureFields, ...latencyFields })),
  }),
)
export type EndpointsUsage = z.output<typeof endpointsUsageSchema>

const liveUsageSchema = z.object({
  id: z.string().describe('equal for equal figures; send it as `Last-Event-ID`'),
  figures: currentUsageSchema,
})
export type LiveUsage = z.output<typeof liveUsageSchema>

export const liveRequestSchema = z.strictObject({ after: z.string().max(4_096).optional() })
export interface LiveRequest extends OfOrganization {
  /** The `id` of the last message received. Nothing is sent until the content differs. */
  readonly after?: string
}

/** Recomputes roll-ups from raw events. */
export const aggregateSchema = z.strictObject({
  startDate: startDateSchema
    .optional()
    .describe(
      'windows that begin at or after this instant; default: the start of the day before ' +
        'yesterday (UTC)',
    ),
  endDate: endDateSchema
    .optional()
    .describe('windows that end at or before this instant; default: the end of today (UTC)'),
  repair: z
    .boolean()
    .optional()
    .describe('whether differences are corrected from the events; default true'),
})
export type AggregateInput = z.input<typeof aggregateSchema>

export const MOST_DIFFERENCES_SHOWN = 200

export const aggregatedSchema = answered(
  'Aggregated',
  z.object({
    from: z.iso
      .datetime()
      .describe('windows before the start of complete raw events are not touched'),
    to: z.iso.datetime(),
    repaired: z.boolean(),
    events: z.number().int().describe('the number of stored events in the range'),
    differencesInAll: z.number().int(),
    differences: z
      .array(
        z.object({
          organizationId: z.string(),
          what: z.string().describe('a roll-up by its dimension, latency, a bucket or a hold'),
          window: z.string(),
          windowStart: z.iso.datetime(),
          key: z.string(),
          stored: z.unknown(),
          recomputed: z.unknown(),
        }),
      )
      .describe(`the first ${MOST_DIFFERENCES_SHOWN}, with the values before the repair`),
  }),
)
export type Aggregated = z.output<typeof aggregatedSchema>
