import { z } from 'zod'
import { LIMIT_BEHAVIORS, LIMIT_SUBJECTS, LIMIT_WINDOWS } from '../core/catalog-words.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { type Pages, pageLimitSchema } from './page.ts'
import type { RevenueHistory, RevenueRequest } from './revenue-history.ts'
import { answered } from './schema-names.ts'
import { organizationIdSchema, storableText } from './text.ts'
import { endDateSchema, startDateSchema } from './usage-history.ts'
import type { PlatformSeries, PlatformSeriesRequest } from './usage-series.ts'

/** Reports over all organizations, for the operator of the platform. Times are UTC. */

export const USAGE_METRICS = [
  'events',
  'errors',
  'unpriced',
  'credits',
  'cost',
  'tokens',
  'duration',
  'refusals',
] as const
export type UsageMetric = (typeof USAGE_METRICS)[number]

const USAGE_STEPS = ['hour', 'day', 'week', 'month'] as const
export type UsageStep = (typeof USAGE_STEPS)[number]

/** Aliases of the steps, as dashboards use them. */
const STEP_ALIASES = { hourly: 'hour', daily: 'day', weekly: 'week', monthly: 'month' } as const

/** The longest range with hourly steps. For longer steps it is `MAX_REPORT_DAYS`. */
export const MAX_HOURLY_DAYS = 31

const adminUsageFields = {
  organizationId: organizationIdSchema.optional().describe('one organization; default: all'),
  period: z
    .enum([...USAGE_STEPS, 'hourly', 'daily', 'weekly', 'monthly'])
    .transform(
      (step): UsageStep =>
        step in STEP_ALIASES
          ? STEP_ALIASES[step as keyof typeof STEP_ALIASES]
          : (step as UsageStep),
    )
    .optional()
    .describe('the step of the series; default `day`. `daily` means `day`, and so on'),
  startDate: startDateSchema.optional(),
  endDate: endDateSchema.optional(),
}
export const adminUsageRequestSchema = z.strictObject({
  ...adminUsageFields,
  metrics: z
    .array(z.union([z.enum(USAGE_METRICS), storableText(64)]))
    .min(1, 'must name at least one')
    .max(50, 'must name at most 50')
    .optional()
    .describe(
      'the metrics to return; default: all but the meters. A meter that adds up is a metric by ' +
        'its key, such as `api_calls`',
    ),
})
export type AdminUsageRequest = z.input<typeof adminUsageRequestSchema>

/** The requested metrics; all of them by default. */
const metricFields = {
  events: z.number().int().optional(),
  errors: z.number().int().optional().describe('calls with a status of 400 or more'),
  unpriced: z.number().int().optional().describe('events with a model that had no price'),
  credits: z.number().optional(),
  costUsd: z.string().optional().describe('the cost of models'),
  inputTokens: z.number().int().optional(),
  outputTokens: z.number().int().optional(),
  meanDurationMs: z
    .number()
    .nullable()
    .optional()
    .describe('the mean of timed calls; null: none was timed'),
  refusals: z.number().int().optional().describe('calls that the gate refused; absent per user'),
  meters: z
    .record(z.string(), z.number())
    .optional()
    .describe('the requested meters; absent per user'),
}
const metricValuesSchema = z.object(metricFields)
export type MetricValues = z.output<typeof metricValuesSchema>

export const adminUsageSchema = answered(
  'AdminUsage',
  z.object({
    organizationId: z.string().nullable().describe('null: all organizations'),
    period: z.enum(USAGE_STEPS),
    timezone: z.literal('UTC'),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    totals: metricValuesSchema,
    series: z.array(z.object({ start: z.iso.datetime(), ...metricFields })),
    topConsumers: z
      .array(
        z.object({
          kind: z
            .enum(['organization', 'user'])
            .describe('users when one organization was requested'),
          id: z.string(),
          name: z.string().nullable(),
          ...metricFields,
        }),
      )
      .describe('the first ten by the first requested metric; by events by default'),
    refusalsByLimit: z
      .array(
        z.object({
          meter: z.string(),
          window: z.enum(LIMIT_WINDOWS),
          per: z.enum(LIMIT_SUBJECTS),
          refusals: z.number().int(),
        }),
      )
      .optional()
      .describe(
        'when refusals are requested: the first 50 limits by refused calls. A call that ' +
          'several limits refuse counts for each',
      ),
    cost: z.object({
      totalUsd: z.string(),
      byModel: z.array(
        z.object({ model: z.string(), costUsd: z.string(), events: z.number().int() }),
      ),
    }),
  }),
)
export type AdminUsage = z.output<typeof adminUsageSchema>

export const analyticsOverviewSchema = answered(
  'AnalyticsOverview',
  z.object({
    at: z.iso.datetime(),
    timezone: z.literal('UTC'),
    month: z.object({ start: z.iso.datetime(), end: z.iso.datetime() }),
    organizations: z.object({
      total: z.number().int(),
      active: z.number().int(),
      closed: z.number().int(),
      byPlan: z.array(
        z.object({
          plan: z.string(),
          active: z.number().int(),
          paying: z.number().int(),
          mrrUsd: z.string(),
        }),
      ),
    }),
    mrrUsd: z.string(),
    arrUsd: z.string(),
    overageRevenueUsd: z.string().describe('in the current period of each organization, so far'),
    calls: z.number().int().describe('in this month'),
    errors: z.number().int(),
    errorRate: z.number().nullable().describe('errors per call, 0 to 1; null: no calls'),
    unpricedCalls: z.number().int(),
    credits: z.number(),
    modelCostUsd: z.string(),
    topOrganizations: z
      .array(
        z.object({
          organizationId: z.string(),
          name: z.string(),
          plan: z.string(),
          calls: z.number().int(),
          credits: z.number(),
          costUsd: z.string(),
        }),
      )
      .describe('the first five by calls'),
  }),
)
export type AnalyticsOverview = z.output<typeof analyticsOverviewSchema>

const CUSTOMER_SORTS = [
  'id',
  'name',
  'plan',
  'createdAt',
  'calls',
  'credits',
  'revenue',
  'cost',
  'margin',
  'percentageUsed',
] as const
export type CustomerSort = (typeof CUSTOMER_SORTS)[number]

const customerFilterFields = {
  plan: storableText(129).optional().describe('catalog/plan, or the key of a plan in any catalog'),
  status: z
    .enum(['active', 'closed', 'near', 'reached'])
    .optional()
    .describe(
      '`near` and `reached`: open organizations whose tightest limit is past its warning ' +
        'threshold, or used up',
    ),
  search: storableText(255).optional().describe('part of the id or name, case-insensitive'),
  sort: z
    .enum([...CUSTOMER_SORTS, ...CUSTOMER_SORTS.map((sort) => `-${sort}` as const)])
    .optional()
    .describe('`-` means descending; default `-revenue`'),
}

export const customerExportSchema = z.strictObject(customerFilterFields)
export type CustomerExportRequest = z.input<typeof customerExportSchema>

export const customerRequestSchema = z
  .strictObject({
    page: z.number().int().min(1).max(1_000_000).optional(),
    cursor: organizationIdSchema.optional().describe('the `nextCursor` of the page before'),
    limit: pageLimitSchema,
    ...customerFilterFields,
  })
  .refine(({ page, cursor }) => page === undefined || cursor === undefined, {
    path: ['cursor'],
    message: 'must not be given together with page',
  })
export type CustomerRequest = z.input<typeof customerRequestSchema>

/** Revenue and cost of a billing period, so far if it is not over. */
const moneyFields = {
  subscriptionUsd: z.string().describe('the price of the plan for the whole period'),
  overageUsd: z.string(),
  revenueUsd: z.string().describe('subscription and overage together'),
  modelCostUsd: z.string(),
  marginUsd: z.string().describe('revenue minus model cost'),
  marginPercent: z.number().nullable().describe('the share of the revenue; null: no revenue'),
}
const periodSchema = z.object({ start: z.iso.datetime(), end: z.iso.datetime() })

export const customerSchema = answered(
  'Customer',
  z.object({
    organizationId: z.string(),
    name: z.string(),
    plan: z.string(),
    planVersion: z.number().int(),
    status: z.enum(['active', 'closed']),
    state: z.enum(['trial', 'active', 'paused', 'ended']).describe('the state of the subscription'),
    standing: z
      .enum(['ok', 'near', 'reached'])
      .nullable()
      .describe('the state of the tightest limit; null: the organization is closed'),
    percentageUsed: z
      .number()
      .nullable()
      .describe('of the tightest limit, rounded down, so that 100 means used up; null: no limit'),
    tightestLimit: z
      .object({
        limit: z.string().describe('meter/window'),
        behavior: z.enum(LIMIT_BEHAVIORS),
        used: z.number().describe('including held amounts'),
        max: z.number(),
        resetAt: z.iso.datetime().nullable(),
      })
      .nullable()
      .describe('never a rate or concurrency limit, whose level changes at every moment'),
    createdAt: z.iso.datetime(),
    period: periodSchema.describe('the figures cover this period so far'),
    calls: z.number().int(),
    credits: z.number(),
    ...moneyFields,
  }),
)
export type Customer = z.output<typeof customerSchema>

export const customerPageSchema = answered(
  'CustomerPage',
  z.object({
    items: z.array(customerSchema),
    total: z.number().int().describe('the number of customers that match the filters'),
    counts: z
      .object({
        byStatus: z.object({ active: z.int(), closed: z.int() }),
        byState: z.object({ trial: z.int(), active: z.int(), paused: z.int(), ended: z.int() }),
        byStanding: z.object({ ok: z.int(), near: z.int(), reached: z.int() }),
      })
      .describe('the number of customers that match the other filters, by status'),
    page: z.number().int().nullable().describe('null: the page was requested by cursor'),
    nextCursor: z.string().nullable().describe('the `cursor` of the next page; null: no more'),
  }),
)
export type CustomerPage = z.output<typeof customerPageSchema>

export const organizationMarginSchema = answered(
  'OrganizationMargin',
  z.object({
    organizationId: z.string(),
    periods: z
      .array(z.object({ ...periodSchema.shape, complete: z.boolean(), ...moneyFields }))
      .describe('the current period and up to three before it, latest first'),
  }),
)
export type OrganizationMargin = z.output<typeof organizationMarginSchema>

/** Signals that compare a trial with paying organizations. */
const trialSignalSchema = z.object({
  organizationId: z.string(),
  name: z.string(),
  plan: z.string(),
  ageDays: z.number().int(),
  activeDays: z.number().int().describe('the number of the last 30 days with any use'),
  calls: z.number().int().describe('in the last 30 days'),
  refusals: z.number().int().describe('in the last 30 days'),
  tightestLimit: z.string().nullable(),
  percentageUsed: z.number().nullable().describe('of its tightest limit, now'),
  signals: z.array(z.enum(['as_active_as_payers', 'near_its_limits', 'was_refused'])),
  reason: z.string(),
})
export type TrialSignal = z.output<typeof trialSignalSchema>

export const trialSignalsSchema = answered(
  'TrialSignals',
  z.object({
    at: z.iso.datetime(),
    payers: z.object({
      organizations: z.number().int(),
      medianActiveDays: z.number().nullable().describe('of the last 30 days; null: nobody pays'),
    }),
    trials: z
      .array(trialSignalSchema)
      .describe('among the 100 most active organizations on free plans; most signals first'),
  }),
)
export type TrialSignals = z.output<typeof trialSignalsSchema>

/** Reports over all organizations. */
export interface Analytics {
  /** Returns use over time, of one organization or all, with the top users and the model costs. */
  usage(input?: AdminUsageRequest, options?: CallOptions): Promise<AdminUsage>
  /**
   * Returns a metric of all organizations over time, split by organization, event type and so on.
   */
  series(input?: PlatformSeriesRequest, options?: CallOptions): Promise<PlatformSeries>
  /**
   * Returns organizations by plan, revenue, overage so far, this month's calls, and the top five.
   */
  overview(input?: Record<never, never>, options?: CallOptions): Promise<AnalyticsOverview>
  /** Returns the MRR at the end of each month, and the overage billed in it. */
  revenue(input?: RevenueRequest, options?: CallOptions): Promise<RevenueHistory>
  /** Lists customers with the revenue and cost of each. */
  customers(input?: CustomerRequest, options?: CallOptions): Pages<Customer, CustomerPage>
  /** Streams all matching customers in the requested order. */
  exportCustomers(
    input?: CustomerExportRequest,
    options?: CallOptions,
  ): Promise<AsyncIterable<Customer>>
  /** Returns revenue minus model cost of one customer, per period. */
  margin(input: OfOrganization, options?: CallOptions): Promise<OrganizationMargin>
  /** Lists organizations on free plans that resemble paying ones. */
  trials(input?: Record<never, never>, options?: CallOptions): Promise<TrialSignals>
}
