import { z } from 'zod'
import { answered } from './schema-names.ts'
import { storableText } from './text.ts'
import { endDateSchema, startDateSchema } from './usage-history.ts'
import { MAX_REPORT_DAYS, timezoneSchema } from './usage-reports.ts'

/** The most keys that a series separates. The others are summed as one. */
const MAX_SHOWN = 25
export const DEFAULT_SHOWN = 8
const MAX_HOURLY_DAYS = 31
const DAY_MS = 86_400_000

const SERIES_GROUPS = ['eventType', 'category', 'model', 'user', 'endpoint'] as const
export type SeriesGroup = (typeof SERIES_GROUPS)[number]

const SERIES_METRICS = [
  'events',
  'errors',
  'unpriced',
  'credits',
  'cost',
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'reasoningTokens',
] as const
export type SeriesMetric = (typeof SERIES_METRICS)[number]

const SERIES_STEPS = ['hour', 'day', 'week', 'month'] as const
export type SeriesStep = (typeof SERIES_STEPS)[number]

const rangeFields = {
  step: z.enum(SERIES_STEPS).optional().describe('default `day`; weeks begin on Monday'),
  startDate: startDateSchema
    .optional()
    .describe('a whole hour; default: early enough for 30 days before the end'),
  endDate: endDateSchema
    .optional()
    .describe('a whole hour; default: the end of today in the time zone'),
  top: z
    .int()
    .min(1)
    .max(MAX_SHOWN)
    .optional()
    .describe(`the number of largest keys to separate; default ${DEFAULT_SHOWN}`),
}

interface CheckedRange {
  readonly startDate?: Date | undefined
  readonly endDate?: Date | undefined
  readonly step?: SeriesStep | undefined
}

/** Checks a range as far as the request alone allows. */
const refuseRange = (
  { startDate, endDate, step }: CheckedRange,
  refuse: (message: string) => void,
): void => {
  if (!(startDate instanceof Date) || !(endDate instanceof Date)) return
  const days = (endDate.getTime() - startDate.getTime()) / DAY_MS
  const most = step === 'hour' ? MAX_HOURLY_DAYS : MAX_REPORT_DAYS
  if (days <= 0) refuse('must be after startDate')
  else if (days > most) refuse(`must be at most ${most} days after startDate`)
}

export const seriesRequestSchema = z
  .strictObject({
    groupBy: z.enum(SERIES_GROUPS).optional().describe('default: no grouping'),
    metric: z.enum(SERIES_METRICS).optional().describe('default `events`, unless `meter` is given'),
    meter: storableText(64)
      .optional()
      .describe(
        'a meter that adds up, instead of `metric`; with grouping only as far as raw events ' +
          'are stored',
      ),
    timezone: timezoneSchema
      .optional()
      .describe("the time zone of days, weeks and months; default: the organization's own"),
    ...rangeFields,
  })
  .superRefine(({ metric, meter, ...range }, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (metric !== undefined && meter !== undefined)
      refuse('meter', 'must not be given together with metric')
    refuseRange(range, (message) => refuse('endDate', message))
  })
export type SeriesRequest = z.input<typeof seriesRequestSchema>

/**
 * Without users: their ids are local to an organization, so sums over all organizations would mix
 * strangers.
 */
const PLATFORM_SERIES_GROUPS = [
  'organization',
  'eventType',
  'category',
  'model',
  'endpoint',
] as const
export type PlatformSeriesGroup = (typeof PLATFORM_SERIES_GROUPS)[number]

export const platformSeriesRequestSchema = z
  .strictObject({
    groupBy: z.enum(PLATFORM_SERIES_GROUPS).optional().describe('default: no grouping'),
    metric: z.enum(SERIES_METRICS).optional().describe('default `events`'),
    timezone: timezoneSchema
      .optional()
      .describe('the time zone of days, weeks and months; default UTC'),
    ...rangeFields,
  })
  .superRefine((range, context) =>
    refuseRange(range, (message) =>
      context.addIssue({ code: 'custom', path: ['endDate'], message }),
    ),
  )
export type PlatformSeriesRequest = z.input<typeof platformSeriesRequestSchema>

const amountSchema = z
  .union([z.number(), z.string()])
  .describe('a number; US dollars are decimal text')

const seriesStepSchema = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  complete: z.boolean().describe('true: the step is over, and little will be added'),
  total: amountSchema,
  values: z.record(z.string(), amountSchema).describe('by key of `groups`; zeros are left out'),
  others: amountSchema.describe('the sum of all other keys'),
  none: amountSchema.describe('events without a value to group by, such as no model'),
})

const seriesFields = {
  step: z.enum(SERIES_STEPS),
  timezone: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  total: amountSchema,
  groups: z
    .array(z.object({ key: z.string(), total: amountSchema }))
    .describe('largest total in the range first'),
  groupsInAll: z.int(),
  others: amountSchema,
  none: amountSchema,
  series: z.array(seriesStepSchema).describe('every step, oldest first'),
}

export const usageSeriesSchema = answered(
  'UsageSeries',
  z.object({
    organizationId: z.string(),
    metric: z.enum(SERIES_METRICS).nullable().describe('null: a meter was requested'),
    meter: z.string().nullable(),
    groupBy: z.enum(SERIES_GROUPS).nullable(),
    ...seriesFields,
  }),
)
export type UsageSeries = z.output<typeof usageSeriesSchema>

export const platformSeriesSchema = answered(
  'PlatformSeries',
  z.object({
    metric: z.enum(SERIES_METRICS),
    groupBy: z.enum(PLATFORM_SERIES_GROUPS).nullable(),
    ...seriesFields,
  }),
)
export type PlatformSeries = z.output<typeof platformSeriesSchema>

export type SeriesAmount = z.output<typeof amountSchema>
