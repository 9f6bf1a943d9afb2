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

/** The days of a report. */
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
  parts: z
    .record(z.string(), z.number())
    .describe('what else was told of the calls, such as `cacheWriteTokens`; not what is zero'),
}

export const dailyUsageSchema = answered(
  'DailyUsage',
  z.object({
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
  }),
)
export type DailyUsage = z.output<typeof dailyUsageSchema>

const latencyFields = {
  timed: z.number().int().describe('calls whose duration is known'),
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
        'latencies are kept by UTC day: those of every UTC day that has a part in the range',
      ),
    endpointsInAll: z.number().int(),
    endpoints: z.array(z.object({ endpoint: z.string(), ...figureFields, ...latencyFields })),
  }),
)
export type EndpointsUsage = z.output<typeof endpointsUsageSchema>

const liveUsageSchema = z.object({
  id: z.string().describe('the same for the same figures: for `Last-Event-ID`'),
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
    .describe('windows that begin then or later; the day before yesterday (UTC) if not given'),
  endDate: endDateSchema
    .optional()
    .describe('windows that are over by then; the end of today (UTC) if not given'),
  repair: z
    .boolean()
    .optional()
    .describe('whether what differs is set to what the events say; true if not given'),
})
export type AggregateInput = z.input<typeof aggregateSchema>

export const MOST_DIFFERENCES_SHOWN = 200

export const aggregatedSchema = answered(
  'Aggregated',
  z.object({
    from: z.iso
      .datetime()
      .describe('windows that begin before raw events are whole are left alone'),
    to: z.iso.datetime(),
    repaired: z.boolean(),
    events: z.number().int().describe('all that are kept'),
    differencesInAll: z.number().int(),
    differences: z
      .array(
        z.object({
          organizationId: z.string(),
          what: z.string().describe('a roll-up by its dimension, latency, bucket or hold'),
          window: z.string(),
          windowStart: z.iso.datetime(),
          key: z.string(),
          stored: z.unknown(),
          recomputed: z.unknown(),
        }),
      )
      .describe(`the first ${MOST_DIFFERENCES_SHOWN}, as they were before they were repaired`),
  }),
)
export type Aggregated = z.output<typeof aggregatedSchema>
