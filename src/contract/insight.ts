import { z } from 'zod'
import { answered } from './schema-names.ts'
import { currentUsageSchema } from './tenancy.ts'
import { timezoneSchema } from './usage-reports.ts'

/** A summary of an organization's use. */

export const dashboardRequestSchema = z.strictObject({
  timezone: timezoneSchema
    .optional()
    .describe("the time zone of days; default: the organization's own"),
})
export type DashboardRequest = z.input<typeof dashboardRequestSchema>

/** How reports state times: days of a time zone, windows of limits in UTC. */
export const zoneFields = {
  timezone: z.string().describe('the time zone of days'),
  windowsIn: z.literal('UTC').describe('the time zone of the windows of limits'),
  dayStarts: z
    .enum(['exact', 'next_hour'])
    .describe(
      "`next_hour`: the zone's offset from UTC is not whole hours, so days begin up to an hour " +
        'late',
    ),
}

const spanSchema = z.object({ start: z.iso.datetime(), end: z.iso.datetime() })

const countFields = {
  events: z.number().int(),
  errors: z.number().int(),
  credits: z.number(),
  costUsd: z.string(),
}

/** A forecast of an amount at the end of a time range. */
export const outlookSchema = z.object({
  soFar: z.number(),
  expected: z
    .number()
    .nullable()
    .describe('the forecast at the end; null: no history to forecast from'),
  low: z
    .number()
    .nullable()
    .describe('the true value is between this and `high` with a probability of `bandPercent`'),
  high: z.number().nullable(),
  bandPercent: z.number().int(),
  daysOfHistory: z
    .number()
    .int()
    .describe('the number of whole days before today that the forecast uses'),
  basis: z
    .enum(['none', 'few_days', 'weekly'])
    .describe('`few_days`: less than three weeks of history; `weekly`: with weekdays and trend'),
  endsAt: z.iso.datetime(),
})
export type Outlook = z.output<typeof outlookSchema>

const currentLimit = currentUsageSchema.shape.limits.element

const limitOutlookSchema = currentLimit.extend({
  runsOutAt: z.iso
    .datetime()
    .nullable()
    .describe(
      'when the limit will be used up, according to the forecast; null: not before it resets, or ' +
        'it is used up already (`remaining` is 0)',
    ),
  outlook: outlookSchema
    .nullable()
    .describe(
      'the forecast at the end of the window; null for windows shorter than a month and for ' +
        'state meters',
    ),
})
export type LimitOutlook = z.output<typeof limitOutlookSchema>

const eventFiguresSchema = z.object({
  eventType: z.string(),
  name: z.string().nullable().describe('null: the event type is no longer in the catalog'),
  ...countFields,
  percentage: z
    .number()
    .describe('the share of all credits, or of all events if nothing cost credits'),
})
export type EventFigures = z.output<typeof eventFiguresSchema>

const warningSchema = z.object({
  limit: z.string(),
  level: z.enum(['near', 'reached', 'forecast']),
  percentageUsed: z.number().nullable(),
  runsOutAt: z.iso.datetime().nullable(),
  message: z.string(),
})
export type UsageWarning = z.output<typeof warningSchema>

const recommendationSchema = z.object({
  code: z.enum(['upgrade', 'slow_down', 'look_into_errors', 'price_models', 'look_into_anomaly']),
  message: z.string(),
})
export type UsageRecommendation = z.output<typeof recommendationSchema>

const anomalySchema = z.object({
  date: z.string(),
  figure: z.enum(['credits', 'events']),
  direction: z.enum(['high', 'low']),
  used: z.number(),
  expected: z.number().describe('the expected total, according to the days before'),
  strays: z.number().describe('the deviation in usual deviations; above 3.5 is an anomaly'),
})
export type UsageAnomaly = z.output<typeof anomalySchema>

const dashboardSchema = z.object({
  overview: z.object({
    totalCredits: z.number().nullable().describe('null: no limit on credits'),
    usedCredits: z.number(),
    heldCredits: z.number().describe('held by open reservations'),
    remainingCredits: z.number().nullable(),
    percentageUsed: z.number().nullable(),
    window: spanSchema.extend({ name: z.string() }),
  }),
  events: z.object({
    total: z.number().int(),
    errors: z.number().int(),
    errorRate: z.number().nullable().describe('errors per event, 0 to 1; null: no events'),
    unpriced: z.number().int(),
    breakdown: z.array(eventFiguresSchema).describe('the first 100 event types, by credits'),
    topEvents: z.array(eventFiguresSchema).describe('the first five event types, by events'),
    eventTypes: z.number().int().describe('the number of event types'),
  }),
  users: z.object({
    active: z.number().int(),
    top: z.array(z.object({ userId: z.string(), ...countFields })),
  }),
  limits: z.array(limitOutlookSchema),
  latency: z
    .array(
      z.object({
        endpoint: z.string(),
        timed: z.number().int(),
        p50Ms: z.number().nullable(),
        p95Ms: z.number().nullable(),
        p99Ms: z.number().nullable(),
      }),
    )
    .describe('the ten endpoints with the most timed calls in the period'),
  analytics: z.object({
    dailyUsage: z
      .array(z.object({ date: z.string(), ...countFields }))
      .describe('the last 30 days'),
    monthlyTrends: z
      .array(
        z.object({
          month: z.string().describe('such as 2026-03'),
          from: z.iso.datetime(),
          to: z.iso.datetime(),
          complete: z.boolean(),
          ...countFields,
          changePercent: z
            .number()
            .nullable()
            .describe(
              'the change in credits (or in events, if there are none) from the month before',
            ),
        }),
      )
      .describe('this month and the two before it'),
    forecast: z
      .object({ credits: outlookSchema, events: outlookSchema })
      .describe('the forecast for the billing period, from UTC days'),
    anomalies: z
      .array(anomalySchema)
      .describe('anomalies in the last 30 days, each judged by the days before it'),
  }),
  warnings: z.array(warningSchema),
  recommendations: z.array(recommendationSchema),
})

export const usageDashboardSchema = answered(
  'UsageDashboard',
  z.object({
    organizationId: z.string(),
    plan: z.string(),
    at: z.iso.datetime(),
    ...zoneFields,
    period: spanSchema.describe(
      'the billing period; figures without another range cover this period so far',
    ),
    dashboard: dashboardSchema,
  }),
)
export type UsageDashboard = z.output<typeof usageDashboardSchema>
