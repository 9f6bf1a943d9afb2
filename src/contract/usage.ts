import { z } from 'zod'
import { sent } from './schema-names.ts'
import { instantSchema, isStorable, organizationIdSchema, storableText } from './text.ts'

const PROPERTY_KEYS_MAX = 50
const PROPERTY_DEPTH_MAX = 5
const PROPERTY_BYTES_MAX = 16_384
const RESERVED_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

const tokenCount = z
  .number('must be a number')
  .int('must be a whole number')
  .min(0, 'must not be negative')
  .max(1e12, 'must be at most 1000000000000')

/** What the properties of an event may hold: small, shallow JSON without prototype keys. */
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

/** Meter → amount; a text is a member of a `unique` meter. Amounts are checked with the catalog. */
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
    description: 'meter and amount; a text is a member of a `unique` meter',
  })

/**
 * One use of one event type. `id` is the idempotency key: the same id of the same organization
 * counts once, whatever timestamp the retry carries. `tokens`, where a meter wants them and
 * `quantities` does not say, is `inputTokens` plus `outputTokens`; `inputTokens` includes the
 * cached ones and `outputTokens` the reasoning ones.
 */
export const usageEventSchema = sent(
  'UsageEvent',
  z
    .strictObject({
      id: storableText(255).optional(),
      eventType: storableText(129),
      organizationId: organizationIdSchema.optional(),
      userId: storableText(255).nullish(),
      sessionId: storableText(255).nullish(),
      timestamp: instantSchema.optional(),
      quantities: quantitiesSchema.optional(),
      properties: propertiesSchema.optional(),
      provider: storableText(255).nullish(),
      model: storableText(255).nullish(),
      inputTokens: tokenCount.nullish(),
      cachedInputTokens: tokenCount.nullish(),
      outputTokens: tokenCount.nullish(),
      reasoningTokens: tokenCount.nullish(),
      endpoint: storableText(512).nullish(),
      method: storableText(16).nullish(),
      status: z.number().int().min(100).max(599).nullish(),
      durationMs: z.number().min(0).max(2_147_483_647).nullish(),
      backfill: z.boolean().optional(),
    })
    .superRefine((event, context) => {
      const part = (some: number | null | undefined, all: number | null | undefined) =>
        some != null && some > (all ?? 0)
      if (part(event.cachedInputTokens, event.inputTokens)) {
        const message = 'must be at most inputTokens, which include them'
        context.addIssue({ code: 'custom', path: ['cachedInputTokens'], message })
      }
      if (part(event.reasoningTokens, event.outputTokens)) {
        const message = 'must be at most outputTokens, which include them'
        context.addIssue({ code: 'custom', path: ['reasoningTokens'], message })
      }
    }),
)

/** Why an event is taken back. */
export const reversalSchema = sent('Reversal', z.strictObject({ reason: storableText(1_000) }))

/** How many events may be sent together. */
export const MAX_EVENTS = 1_000

export const usageEventBatchSchema = sent(
  'UsageEventBatch',
  z.strictObject({
    events: z.array(usageEventSchema).min(1).max(MAX_EVENTS),
    backfill: z.boolean().optional().describe('for all of them; for the administrator only'),
  }),
)

/** What `reserve` takes: an event whose amounts are an estimate, and how long to hold them. */
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
  inputTokens: tokenCount.nullish(),
  cachedInputTokens: tokenCount.nullish(),
  outputTokens: tokenCount.nullish(),
  reasoningTokens: tokenCount.nullish(),
  status: z.number().int().min(100).max(599).nullish(),
  durationMs: z.number().min(0).max(2_147_483_647).nullish(),
}

/** What was really used, to settle a reservation. */
export const settlementSchema = sent(
  'Settlement',
  z.strictObject({
    ...usedFields,
    provider: storableText(255).nullish(),
    model: storableText(255).nullish().describe('that answered, where it is not the one asked for'),
    estimated: z.boolean().optional().describe('nobody knows the truth: this is the estimate'),
  }),
)
/** What more to hold. `id`: the same extension of the same reservation holds once. */
export const extensionSchema = sent(
  'Extension',
  z.strictObject({
    ...usedFields,
    id: storableText(255).optional(),
    expiresInMs: z.number().int().min(1_000).max(86_400_000).optional(),
  }),
)

export type UsageEvent = z.output<typeof usageEventSchema>
export type ReservationRequest = z.output<typeof reservationRequestSchema>
export type Settlement = z.output<typeof settlementSchema>

/** How much: by meter, or in tokens of a model. An estimate to hold, the truth to settle. */
export interface Amounts {
  /** Meter to amount; a text is a member of a `unique` meter. */
  readonly quantities?: Readonly<Record<string, number | string>>
  /** With those that came out of a cache. */
  readonly inputTokens?: number | null
  readonly cachedInputTokens?: number | null
  /** With those of reasoning. */
  readonly outputTokens?: number | null
  readonly reasoningTokens?: number | null
}

/** One use of one event type. With an API key, `organizationId` is the key's own. */
export interface Call extends Amounts {
  /** The idempotency key: the same id of the same organization counts once. */
  readonly id?: string
  /** Its key, or `catalog/key`. */
  readonly eventType: string
  readonly organizationId?: string
  readonly userId?: string | null
  readonly sessionId?: string | null
  /**
   * When it happened; now, if not given. As ISO 8601 or a `Date`. The gate takes five minutes either
   * way; `record` 35 days, and nothing from before the subscription began.
   */
  readonly timestamp?: string | Date
  /** What multipliers and features of the event type read. At most 16 KiB of JSON. */
  readonly properties?: Readonly<Record<string, unknown>>
  readonly provider?: string | null
  readonly model?: string | null
  readonly endpoint?: string | null
  readonly method?: string | null
  /** The HTTP status that the host answered with. */
  readonly status?: number | null
  readonly durationMs?: number | null
  /** Takes a timestamp of any age since the first bill began; for the administrator. */
  readonly backfill?: boolean
}

/** What was used: the amounts, and how the work ended. */
export interface Used extends Amounts {
  /** Of the model that answered; that of the call, where it is priced so and not said. */
  readonly provider?: string | null
  /** The model that answered, where it is not the one that was asked for: its price is paid. */
  readonly model?: string | null
  readonly properties?: Readonly<Record<string, unknown>>
  readonly status?: number | null
  readonly durationMs?: number | null
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first thing in a JSON value that we will not keep, with the path to it. */
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
