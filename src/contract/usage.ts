import { z } from 'zod'
import { type CallAmounts, partFaults } from '../core/usage-parts.ts'
import {
  MAX_DURATION_MS,
  MAX_ENDPOINT_LENGTH,
  MAX_EVENT_TYPE_LENGTH,
  MAX_METHOD_LENGTH,
  MAX_NAME_LENGTH,
  MAX_STATUS,
  MAX_TOKENS,
  MIN_STATUS,
} from './event-fields.ts'
import { sent } from './schema-names.ts'
import {
  budgetIdSchema,
  instantSchema,
  isStorable,
  organizationIdSchema,
  storableText,
} from './text.ts'

const PROPERTY_KEYS_MAX = 50
const PROPERTY_DEPTH_MAX = 5
const PROPERTY_BYTES_MAX = 16_384
const RESERVED_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

const tokenCount = z
  .number('must be a number')
  .int('must be a whole number')
  .min(0, 'must not be negative')
  .max(MAX_TOKENS, `must be at most ${MAX_TOKENS}`)

/** A count of something that is billed by the piece. */
const pieceCount = z
  .number('must be a number')
  .int('must be a whole number')
  .min(0, 'must not be negative')
  .max(1e9, 'must be at most 1000000000')

/**
 * The parts of a call with their own price. Token parts are included in the input or the output.
 */
const amountFields = {
  inputTokens: tokenCount.nullish(),
  cachedInputTokens: tokenCount.nullish().describe('part of the input, read from a cache'),
  outputTokens: tokenCount.nullish(),
  reasoningTokens: tokenCount.nullish().describe('part of the output'),
  cacheWriteTokens: tokenCount.nullish().describe('part of the input, written to a cache'),
  cacheWrite1hTokens: tokenCount.nullish().describe('part of cacheWriteTokens, cached for an hour'),
  inputAudioTokens: tokenCount.nullish().describe('part of the input'),
  cachedAudioTokens: tokenCount
    .nullish()
    .describe('part of inputAudioTokens and of cachedInputTokens'),
  inputImageTokens: tokenCount.nullish().describe('part of the input'),
  cachedImageTokens: tokenCount
    .nullish()
    .describe('part of inputImageTokens and of cachedInputTokens'),
  inputVideoTokens: tokenCount.nullish().describe('part of the input'),
  outputAudioTokens: tokenCount.nullish().describe('part of the output'),
  outputImageTokens: tokenCount.nullish().describe('part of the output'),
  outputVideoTokens: tokenCount.nullish().describe('part of the output'),
  citationTokens: tokenCount.nullish().describe('part of the output'),
  requests: pieceCount.nullish().describe('for a fee per request; default 1'),
  webSearches: pieceCount.nullish(),
  fileSearches: pieceCount.nullish(),
  audioSeconds: z
    .number('must be a number')
    .min(0, 'must not be negative')
    .max(1e9, 'must be at most 1000000000')
    .refine(
      (seconds) => Math.abs(seconds * 1_000 - Math.round(seconds * 1_000)) < 1e-3,
      'must have no more than 3 decimals',
    )
    .nullish()
    .describe('audio that is billed by time'),
  pages: pieceCount.nullish().describe('the number of document pages that were read'),
  annotatedPages: pieceCount.nullish().describe('part of pages, read with annotations'),
  textMessages: pieceCount.nullish().describe('messages to a voice that is billed by time'),
}

/** The properties of an event: small, shallow JSON without prototype keys. */
const propertiesSchema = z
  .custom<Record<string, unknown>>(isPlainObject, 'must be an object')
  .superRefine((properties, context) => {
    const fault = faultInJson(properties, [])
    if (fault) context.addIssue({ code: 'custom', path: fault.path, message: fault.message })
    else if (JSON.stringify(properties).length > PROPERTY_BYTES_MAX) {
      context.addIssue({ code: 'custom', message: `must be at most ${PROPERTY_BYTES_MAX} bytes` })
    }
  })
  .meta({
    type: 'object',
    maxProperties: PROPERTY_KEYS_MAX,
    description: `JSON, at most ${PROPERTY_BYTES_MAX} bytes and ${PROPERTY_DEPTH_MAX} levels deep`,
  })

/** Amounts by meter; a text is a member of a `unique` meter. The catalog checks the amounts. */
const quantitiesSchema = z
  .custom<Record<string, unknown>>(isPlainObject, 'must be an object of meter and amount')
  .superRefine((quantities, context) => {
    if (Object.keys(quantities).length > PROPERTY_KEYS_MAX) {
      context.addIssue({ code: 'custom', message: `must have at most ${PROPERTY_KEYS_MAX} meters` })
    }
    for (const [meter, amount] of Object.entries(quantities)) {
      if (RESERVED_KEYS.has(meter)) {
        context.addIssue({ code: 'custom', path: [meter], message: 'is not a meter' })
      } else if (typeof amount !== 'number' && typeof amount !== 'string') {
        context.addIssue({ code: 'custom', path: [meter], message: 'must be a number' })
      }
    }
  })
  .transform((quantities) => quantities as Record<string, number | string>)
  .meta({
    type: 'object',
    maxProperties: PROPERTY_KEYS_MAX,
    additionalProperties: { type: ['number', 'string'] },
    description: 'amounts by meter; a text is a member of a `unique` meter',
  })

/**
 * One use of one event type. `id` is the idempotency key: the same id in an organization counts
 * once, whatever timestamp a retry carries. If `quantities` lacks `tokens` and a meter needs it, the
 * amount is `inputTokens` plus `outputTokens`. Both include all their parts: cache reads and writes,
 * audio, images, reasoning.
 */
export const usageEventSchema = sent(
  'UsageEvent',
  z
    .strictObject({
      id: storableText(MAX_NAME_LENGTH).optional(),
      eventType: storableText(MAX_EVENT_TYPE_LENGTH),
      organizationId: organizationIdSchema.optional(),
      userId: storableText(MAX_NAME_LENGTH).nullish(),
      sessionId: storableText(MAX_NAME_LENGTH).nullish(),
      timestamp: instantSchema.optional(),
      quantities: quantitiesSchema.optional(),
      properties: propertiesSchema.optional(),
      provider: storableText(MAX_NAME_LENGTH).nullish(),
      model: storableText(MAX_NAME_LENGTH).nullish(),
      ...amountFields,
      endpoint: storableText(MAX_ENDPOINT_LENGTH).nullish(),
      method: storableText(MAX_METHOD_LENGTH).nullish(),
      status: z.number().int().min(MIN_STATUS).max(MAX_STATUS).nullish(),
      durationMs: z.number().min(0).max(MAX_DURATION_MS).nullish(),
      budget: budgetIdSchema
        .optional()
        .describe('the budget of the run that the use counts against'),
      final: z
        .boolean()
        .optional()
        .describe('true: may use the share that the budget reserves for the end'),
      backfill: z.boolean().optional(),
    })
    .superRefine(refuseParts),
)

/** Why an event is reversed. */
export const reversalSchema = sent('Reversal', z.strictObject({ reason: storableText(1_000) }))

/** The most events in one batch. */
export const MAX_EVENTS = 1_000

export const usageEventBatchSchema = sent(
  'UsageEventBatch',
  z.strictObject({
    events: z.array(usageEventSchema).min(1).max(MAX_EVENTS),
    backfill: z.boolean().optional().describe('applies to all events; for the administrator only'),
  }),
)

/** The input of `reserve`: an event with estimated amounts, and how long to hold them. */
export const reservationRequestSchema = sent(
  'ReservationRequest',
  usageEventSchema.safeExtend({
    estimate: quantitiesSchema.optional(),
    expiresInMs: z.number().int().min(1_000).max(86_400_000).optional(),
  }),
)

const usedFields = {
  quantities: quantitiesSchema.optional(),
  properties: propertiesSchema.optional(),
  ...amountFields,
  status: z.number().int().min(MIN_STATUS).max(MAX_STATUS).nullish(),
  durationMs: z.number().min(0).max(MAX_DURATION_MS).nullish(),
}

/** The amounts that were really used, to settle a reservation. */
export const settlementSchema = sent(
  'Settlement',
  z
    .strictObject({
      ...usedFields,
      provider: storableText(MAX_NAME_LENGTH).nullish(),
      model: storableText(MAX_NAME_LENGTH)
        .nullish()
        .describe('the model that answered, if it differs from the requested one'),
      estimated: z
        .boolean()
        .optional()
        .describe('true: the true amounts are unknown, and these are an estimate'),
    })
    .superRefine(refuseParts),
)
/** The additional amounts to hold. `id`: repeating it on the same reservation adds nothing more. */
export const extensionSchema = sent(
  'Extension',
  z
    .strictObject({
      ...usedFields,
      id: storableText(MAX_NAME_LENGTH).optional(),
      expiresInMs: z.number().int().min(1_000).max(86_400_000).optional(),
    })
    .superRefine(refuseParts),
)

export type UsageEvent = z.output<typeof usageEventSchema>
export type ReservationRequest = z.output<typeof reservationRequestSchema>
export type Settlement = z.output<typeof settlementSchema>

/** Amounts by meter, or in tokens of a model. Estimates for a hold, true amounts otherwise. */
export interface Amounts {
  /** Amounts by meter; a text is a member of a `unique` meter. */
  readonly quantities?: Readonly<Record<string, number | string>>
  /** All input tokens, of any kind and source. */
  readonly inputTokens?: number | null
  /** The part of the input that was read from the provider's cache. */
  readonly cachedInputTokens?: number | null
  /** The part of the input that was written to the provider's cache, for any duration. */
  readonly cacheWriteTokens?: number | null
  /** The part of `cacheWriteTokens` that is cached for an hour. */
  readonly cacheWrite1hTokens?: number | null
  readonly inputAudioTokens?: number | null
  /** Included in both `inputAudioTokens` and `cachedInputTokens`. */
  readonly cachedAudioTokens?: number | null
  readonly inputImageTokens?: number | null
  /** Included in both `inputImageTokens` and `cachedInputTokens`. */
  readonly cachedImageTokens?: number | null
  readonly inputVideoTokens?: number | null
  /** All output tokens. */
  readonly outputTokens?: number | null
  /** Part of the output, like the fields below. */
  readonly reasoningTokens?: number | null
  readonly outputAudioTokens?: number | null
  readonly outputImageTokens?: number | null
  readonly outputVideoTokens?: number | null
  readonly citationTokens?: number | null
  /** For a fee per request; default 1. */
  readonly requests?: number | null
  readonly webSearches?: number | null
  readonly fileSearches?: number | null
  /** For audio that is billed by time. */
  readonly audioSeconds?: number | null
  /** The number of document pages that were read. */
  readonly pages?: number | null
  /** The part of `pages` that was read with annotations. */
  readonly annotatedPages?: number | null
  readonly textMessages?: number | null
}

/** One use of one event type. With an API key, `organizationId` is the key's own. */
export interface Call extends Amounts {
  /** The idempotency key. The same id in an organization counts once. */
  readonly id?: string
  /** The event type's key, or `catalog/key`. */
  readonly eventType: string
  readonly organizationId?: string
  readonly userId?: string | null
  readonly sessionId?: string | null
  /**
   * When it happened, as ISO 8601 or a `Date`; default now. The gate accepts five minutes either
   * way. `record` accepts the last 35 days, but nothing before the subscription began.
   */
  readonly timestamp?: string | Date
  /** The values that multipliers and features of the event type read. At most 16 KiB of JSON. */
  readonly properties?: Readonly<Record<string, unknown>>
  readonly provider?: string | null
  readonly model?: string | null
  readonly endpoint?: string | null
  readonly method?: string | null
  /** The HTTP status of the host's answer. */
  readonly status?: number | null
  readonly durationMs?: number | null
  /**
   * The budget that the use counts against, together with the budgets that contain it. Such a call
   * is decided in the mode `strict`. `record` counts use in it but is never refused by it.
   */
  readonly budget?: string
  /** True for the last call of its run, which may use the budget's reserved share. */
  readonly final?: boolean
  /** Accepts a timestamp of any age since the first invoice began. For the administrator only. */
  readonly backfill?: boolean
}

/** The used amounts, and how the work ended. */
export interface Used extends Amounts {
  /** The provider of the model that answered; default: the provider of the call. */
  readonly provider?: string | null
  /** The model that answered, if it differs from the requested one. Its price applies. */
  readonly model?: string | null
  readonly properties?: Readonly<Record<string, unknown>>
  readonly status?: number | null
  readonly durationMs?: number | null
}

/** Reports parts of a call that exceed their whole. */
function refuseParts(event: CallAmounts, context: z.RefinementCtx): void {
  for (const { field, message } of partFaults(event)) {
    context.addIssue({ code: 'custom', path: [field], message })
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Returns the first unacceptable value in a JSON value, with its path. */
function faultInJson(
  value: unknown,
  path: (string | number)[],
): { path: (string | number)[]; message: string } | undefined {
  if (typeof value === 'string') {
    return isStorable(value)
      ? undefined
      : { path, message: 'must be well-formed Unicode without NUL characters' }
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : { path, message: 'must be a finite number' }
  }
  if (value === null || typeof value === 'boolean' || value === undefined) return undefined
  if (typeof value !== 'object') return { path, message: 'must be JSON' }
  if (path.length >= PROPERTY_DEPTH_MAX) {
    return { path, message: `must be nested at most ${PROPERTY_DEPTH_MAX} deep` }
  }
  const entries = Object.entries(value)
  if (entries.length > PROPERTY_KEYS_MAX) {
    return { path, message: `must have at most ${PROPERTY_KEYS_MAX} entries` }
  }
  for (const [key, item] of entries) {
    const inner = [...path, key]
    if (RESERVED_KEYS.has(key)) return { path: inner, message: 'is a reserved name' }
    if (!isStorable(key)) return { path: inner, message: 'must be well-formed Unicode' }
    const fault = faultInJson(item, inner)
    if (fault) return fault
  }
  return undefined
}
