import { z } from 'zod'
import { MICRO_CREDIT_SCALE, parseDecimal, toUnits } from '../core/amounts.ts'
import { USAGE_PARTS, type UsagePart } from '../core/usage-parts.ts'
import { MAX_PAGE_SIZE, pageRequestSchema } from './page.ts'
import { answered } from './schema-names.ts'
import { instantOf, instantTextSchema, storableText } from './text.ts'

/** The sort orders; the first is the default. `-` means descending. */
export const HISTORY_SORTS = ['-occurredAt', 'occurredAt', '-credits', 'credits'] as const
export type HistorySort = (typeof HISTORY_SORTS)[number]

/** The deepest row that `page` × `limit` can reach. Use the cursor beyond it. */
export const MAX_HISTORY_DEPTH = 10_000
/** The longest range of one request, in days. Roll-ups answer longer ranges. */
export const MAX_HISTORY_DAYS = 400

const DAY_MS = 86_400_000
const MAX_CREDITS = 1e12
const DATE = /^\d{4}-\d{2}-\d{2}$/

const NO_BOUNDARY =
  'must be a date, such as 2026-01-31, or an instant, such as 2026-01-31T09:30:00Z'

/** A calendar date covers the whole UTC day: its first moment as a start, its last as an end. */
const boundarySchema = (dayAtMs: number) =>
  z
    .union([z.iso.date(), instantTextSchema(NO_BOUNDARY), z.date()], { error: NO_BOUNDARY })
    .transform((value) => {
      const instant = typeof value === 'string' ? instantOf(value) : undefined
      const atMs = (instant ?? new Date(value)).getTime()
      return new Date(typeof value === 'string' && DATE.test(value) ? atMs + dayAtMs : atMs)
    })
    .refine((date) => Math.abs(date.getUTCFullYear() - 2_000) < 7_000, 'must be a date that exists')

export const startDateSchema = boundarySchema(0).describe(
  'inclusive: an instant, or the start of a day (UTC)',
)
export const endDateSchema = boundarySchema(DAY_MS).describe(
  'exclusive: an instant, or the end of a day (UTC)',
)

/** Credits in micro-credits. */
const microCreditsSchema = z
  .number('must be a number')
  .min(-MAX_CREDITS, `must be at least ${-MAX_CREDITS}`)
  .max(MAX_CREDITS, `must be at most ${MAX_CREDITS}`)
  .refine(
    (credits) => (parseDecimal(credits)?.scale ?? 0) <= MICRO_CREDIT_SCALE,
    `must have at most ${MICRO_CREDIT_SCALE} decimals`,
  )
  .transform((credits) => {
    const decimal = parseDecimal(credits)
    return decimal ? toUnits(decimal, MICRO_CREDIT_SCALE) : 0n
  })

const filterFields = {
  eventType: storableText(129).optional().describe('its key, or catalog/key'),
  category: storableText(64).optional(),
  userId: storableText(255).optional(),
  sessionId: storableText(255).optional(),
  startDate: startDateSchema.optional(),
  endDate: endDateSchema.optional(),
  minCredits: microCreditsSchema.optional(),
  maxCredits: microCreditsSchema.optional(),
}

type Checked = {
  startDate?: Date | undefined
  endDate?: Date | undefined
  minCredits?: bigint | undefined
  maxCredits?: bigint | undefined
}

/** Refuses contradictory filters and names the second field. */
const refuseCrossed = (
  { startDate, endDate, minCredits, maxCredits }: Checked,
  context: z.RefinementCtx,
): void => {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message })
  // A value that is not a date was already reported, and is still text here.
  if (startDate instanceof Date && endDate instanceof Date) {
    if (endDate <= startDate) refuse('endDate', 'must be after startDate')
    else if (endDate.getTime() - startDate.getTime() > MAX_HISTORY_DAYS * DAY_MS) {
      refuse('endDate', `must be at most ${MAX_HISTORY_DAYS} days after startDate`)
    }
  }
  if (minCredits !== undefined && maxCredits !== undefined && maxCredits < minCredits) {
    refuse('maxCredits', 'must be at least minCredits')
  }
}

/** Filters events. All given conditions must hold. */
const historyFilterSchema = z.strictObject(filterFields).superRefine(refuseCrossed)
export type HistoryFilter = z.output<typeof historyFilterSchema>

export const historyExportSchema = z
  .strictObject({
    ...filterFields,
    sort: z.enum(HISTORY_SORTS).optional().describe('a file is always in time order'),
  })
  .superRefine(refuseCrossed)
  .superRefine(({ sort }, context) => {
    if (sort !== 'credits' && sort !== '-credits') return
    const message = 'must be occurredAt or -occurredAt for a file'
    context.addIssue({ code: 'custom', path: ['sort'], message })
  })
export type HistoryExportInput = z.input<typeof historyExportSchema>

/** Shared with the query parameters over HTTP. */
const historyListFields = {
  ...filterFields,
  sort: z.enum(HISTORY_SORTS).optional(),
  page: z
    .number()
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(MAX_HISTORY_DEPTH, `must be at most ${MAX_HISTORY_DEPTH}`)
    .optional()
    .describe(`default: the first page; page × limit is at most ${MAX_HISTORY_DEPTH}`),
  limit: pageRequestSchema.shape.limit,
  cursor: storableText(4_000).optional().describe('the `nextCursor` of the page before'),
  summary: z
    .boolean()
    .optional()
    .describe('whether to add totals of all matching events; default: yes without a cursor'),
}

export const historyListSchema = z.strictObject(historyListFields).superRefine(refuseCrossed)
export type HistoryListInput = z.input<typeof historyListSchema>

/** The amounts beside plain tokens, in output order. */
function partFields() {
  const field = () => z.number().nullable()
  return Object.fromEntries(USAGE_PARTS.map((part) => [part, field()])) as Record<
    UsagePart,
    ReturnType<typeof field>
  >
}

export const historyEventSchema = answered(
  'HistoryEvent',
  z.object({
    id: z.string(),
    eventType: z.string(),
    category: z.string(),
    occurredAt: z.iso.datetime(),
    receivedAt: z.iso.datetime(),
    userId: z.string().nullable(),
    sessionId: z.string().nullable(),
    apiKeyId: z.string().nullable(),
    reverses: z.string().nullable().describe('the event that this one reverses'),
    quantities: z
      .record(z.string(), z.union([z.number(), z.string()]))
      .describe('amounts by meter; a text is a member of a `unique` meter'),
    credits: z.number().describe('negative in a reversal'),
    costUsd: z.string().nullable().describe('null: no model, or a model without a price'),
    unpriced: z
      .boolean()
      .describe('true: the model has no price, or the call reported nothing to price'),
    priceSource: z
      .enum(['override', 'catalog', 'library', 'unpriced'])
      .nullable()
      .describe(
        'the source of the price: the process, the catalog or the price library; null: no model',
      ),
    priceName: z.string().nullable().describe('the price that was used, as provider/model'),
    pricedAsText: z
      .boolean()
      .describe(
        'true: the price has rates for audio or images, but the call reported none, so its input ' +
          'was priced as text',
      ),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    inputTokens: z.number().nullable(),
    cachedInputTokens: z.number().nullable(),
    outputTokens: z.number().nullable(),
    reasoningTokens: z.number().nullable(),
    ...partFields(),
    endpoint: z.string().nullable(),
    method: z.string().nullable(),
    status: z.number().int().nullable(),
    durationMs: z.number().int().nullable(),
    properties: z.record(z.string(), z.unknown()).nullable(),
  }),
)
export type HistoryEvent = z.output<typeof historyEventSchema>

const historySummarySchema = z.object({
  events: z.number().int().describe('the number of matching events, including reversals'),
  credits: z.number().describe('the total of all matching events; reversals are subtracted'),
  costUsd: z.string(),
})

export const historyPageSchema = answered(
  'HistoryPage',
  z.object({
    organizationId: z.string(),
    range: z
      .object({ from: z.iso.datetime(), to: z.iso.datetime() })
      .describe('the range that was searched: `from` inclusive, `to` exclusive'),
    sort: z.enum(HISTORY_SORTS),
    events: z.array(historyEventSchema),
    pagination: z.object({
      page: z.number().int().nullable().describe('null: the page was requested by cursor'),
      limit: z.number().int().max(MAX_PAGE_SIZE),
      total: z
        .number()
        .int()
        .nullable()
        .describe('the number of matching events; null: not counted'),
      totalPages: z
        .number()
        .int()
        .nullable()
        .describe('the number of pages of `limit` events; null: not counted'),
      nextCursor: z.string().nullable().describe('the `cursor` of the next page; null: no more'),
    }),
    summary: historySummarySchema.nullable().describe('null: not requested'),
  }),
)
export type HistoryPage = z.output<typeof historyPageSchema>
