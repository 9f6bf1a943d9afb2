import { z } from 'zod'
import { elementPaths, readCatalogDraft } from '../core/catalog-draft.ts'
import { catalogFaults } from '../core/catalog-faults.ts'
import {
  AGGREGATIONS,
  ANONYMOUS_POLICIES,
  DECISION_MODES,
  FAILURE_POLICIES,
  KEY_PATTERN,
  LIMIT_BEHAVIORS,
  LIMIT_SUBJECTS,
  LIMIT_WINDOWS,
  MAX_LIST_LENGTH,
  PROPERTY_PATTERN,
  RESERVED_NAME_MESSAGE,
  RESERVED_NAMES,
} from '../core/catalog-words.ts'
import { CLOUD_EVENT_PATH, MAPPED_FIELDS } from '../core/cloud-event-map.ts'
import { type Fault, fieldPath } from '../core/fault.ts'
import type { ModelPrice } from '../core/model-cost.ts'
import { MAX_MULTIPLIER } from '../core/pricing.ts'
import { decimalSchema } from './decimal.ts'
import { overageRateSchema } from './overage-rate.ts'
import { faultsOfIssues, PARSING } from './schema-faults.ts'
import { answered, sent } from './schema-names.ts'
import { isStorable, storableText } from './text.ts'

/**
 * A catalog: the event types of a product, their prices, and the plans that allow them. These
 * schemas define both the wire format and the domain. Parsing turns decimals into plain text
 * without trailing zeros and fills in defaults. A parsed catalog is JSON, and parsing it again
 * changes nothing.
 */

export type { ModelPrice }
export { DECISION_MODES, FAILURE_POLICIES, LIMIT_BEHAVIORS, LIMIT_SUBJECTS, LIMIT_WINDOWS }

const named = (pattern: RegExp, syntax: string) =>
  z
    .string()
    .regex(pattern, `must be ${syntax}`)
    .refine((name) => !RESERVED_NAMES.includes(name), RESERVED_NAME_MESSAGE)

/** The key of a catalog, meter, event type, plan or feature. */
export const keySchema = named(
  KEY_PATTERN,
  'a lower-case letter, then up to 63 of a-z, 0-9, _ and -',
)

/** The name of a field or property of an event. */
const propertyNameSchema = named(
  PROPERTY_PATTERN,
  'a letter, then up to 63 of letters, digits and _',
)

const creditsSchema = decimalSchema({ max: '1000000', decimals: 6 })
const planPriceSchema = decimalSchema({ max: '10000000', decimals: 2 })
/**
 * As many decimals as the shortest text of a double can have, so that a price library's prices fit.
 */
const tokenPriceSchema = decimalSchema({ max: '1000000', decimals: 24 })

/** May be empty, unlike a name. */
const noteSchema = (maxLength: number) =>
  z.string().max(maxLength).refine(isStorable, 'must be well-formed Unicode without NUL characters')

/** Refuses surrounding spaces instead of trimming them, so that names are stored as written. */
const labelSchema = (maxLength: number) =>
  storableText(maxLength).regex(/^(?:\S(?:.*\S)?)?$/, 'must not begin or end with a space')

const nameSchema = labelSchema(200)
const descriptionSchema = noteSchema(2_000)
/** The model's name as the provider writes it. */
const modelNameSchema = labelSchema(200)
const amountSchema = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER)
const list = <Item extends z.ZodType>(item: Item) => z.array(item).max(MAX_LIST_LENGTH)

/** Something that is counted. `scale` is the number of stored decimals. */
const meterSchema = z.strictObject({
  key: keySchema,
  name: nameSchema.optional(),
  description: descriptionSchema.optional(),
  unit: labelSchema(40),
  aggregation: z.enum(AGGREGATIONS),
  scale: z.number().int().min(0).max(6).default(0),
})

/**
 * The amount that an event adds to a meter. A number is the default, if the event has no quantity.
 * `quantity` is the quantity that the event gives, or nothing. `{unique}` counts distinct values of
 * a field or property.
 */
const contributionSchema = z.union(
  [amountSchema, z.literal('quantity'), z.strictObject({ unique: propertyNameSchema })],
  { error: 'must be a number, "quantity" or {"unique": "<field or property>"}' },
)

/** A property that multiplies the price, and what its absence means. A bare name means times 1. */
const multiplierSchema = z.union(
  [
    propertyNameSchema,
    z.strictObject({ name: propertyNameSchema, required: z.literal(true) }),
    z.strictObject({
      name: propertyNameSchema,
      default: z
        .number()
        .min(0)
        .max(MAX_MULTIPLIER)
        .describe('the factor for a call without the property'),
    }),
  ],
  { error: 'must be a property, {"name", "required": true} or {"name", "default": <number>}' },
)

// Without defaults, because a patch must not change fields that it does not mention.
const eventTypeFields = {
  name: nameSchema,
  description: descriptionSchema.optional(),
  category: keySchema,
  baseCredits: creditsSchema,
  multipliers: z.array(multiplierSchema).max(50),
  bonuses: z.record(propertyNameSchema, creditsSchema),
  meters: z.record(keySchema, contributionSchema),
  requires: keySchema
    .optional()
    .describe('a feature that the plan must include; otherwise calls are refused'),
  active: z.boolean(),
}

/** A named thing that a product does for an organization and may charge for. */
export const eventTypeSchema = answered(
  'EventType',
  z.strictObject({
    key: keySchema,
    ...eventTypeFields,
    multipliers: eventTypeFields.multipliers.default([]),
    bonuses: eventTypeFields.bonuses.default({}),
    meters: eventTypeFields.meters.default({}),
    active: eventTypeFields.active.default(true),
  }),
)

/** A patch of an event type. It replaces the given fields. */
export const eventTypePatchSchema = sent(
  'EventTypePatch',
  z.strictObject(eventTypeFields).partial(),
)

/** The optional settings of a limit. The descriptions name the defaults. */
export const limitOptions = {
  per: z
    .enum(LIMIT_SUBJECTS)
    .optional()
    .describe(
      'whose use the limit counts, each separately (only with the windows minute and ' +
        'concurrent); default: organization',
    ),
  burst: amountSchema
    .optional()
    .describe('for a limit per minute: the most at once, refilled at `max`; default: `max`'),
  cap: amountSchema
    .optional()
    .describe('for a limit with overage: calls past it are refused; default: billed without end'),
  onFailure: z
    .enum(FAILURE_POLICIES)
    .optional()
    .describe(
      "whether calls are allowed (open) or refused (closed) while the limit's counter is " +
        'unreachable; default: open for rates, concurrency and limits that never refuse, ' +
        'otherwise closed',
    ),
  decide: z
    .enum(DECISION_MODES)
    .optional()
    .describe(
      'strict: each decision is committed first; leased: from a leased allowance; default: the ' +
        "host's setting",
    ),
  anonymous: z
    .enum(ANONYMOUS_POLICIES)
    .optional()
    .describe(
      'for a limit per user or API key: whether a call that names none is refused; default: ' +
        'refuse if the limit is hard, otherwise allow',
    ),
  durable: z
    .boolean()
    .optional()
    .describe('true: Redis never decides the limit; always true for credits and limits with a cap'),
}

/**
 * A maximum of a meter's units: per minute at a steady rate, in each window, or held by open
 * reservations at one moment. Null is unlimited. Parsing fills in no defaults, so that a new option
 * does not create a new version of plans that do not use it.
 */
const limitSchema = z.strictObject({
  meter: keySchema,
  window: z.enum(LIMIT_WINDOWS),
  max: amountSchema.nullable(),
  behavior: z.enum(LIMIT_BEHAVIORS),
  ...limitOptions,
})

/** A feature of a plan: yes or no, a value, or as much as the limits of a meter allow. */
const featureSchema = z.union(
  [
    z.boolean(),
    z.number().min(-Number.MAX_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER),
    noteSchema(200),
    z.strictObject({ metered: keySchema }),
  ],
  { error: 'must be true, false, a number, a text or {"metered": "<meter>"}' },
)

const planFields = {
  name: nameSchema,
  description: descriptionSchema.optional(),
  /** US dollars a month; null is a price by agreement. */
  monthlyPriceUsd: planPriceSchema.nullable(),
  public: z.boolean(),
  limits: z.array(limitSchema).max(100),
  /** In US dollars, for use past an `overage` limit. */
  overageRates: z.record(keySchema, overageRateSchema),
  features: z.record(keySchema, featureSchema),
  upgradesTo: z.array(keySchema).max(100),
  afterTrial: keySchema.optional().describe('the plan after a trial; default: this plan, paid'),
}

/** A plan: a named offer. */
export const planSchema = answered(
  'Plan',
  z.strictObject({
    key: keySchema,
    ...planFields,
    public: planFields.public.default(true),
    overageRates: planFields.overageRates.default({}),
    features: planFields.features.default({}),
    upgradesTo: planFields.upgradesTo.default([]),
  }),
)

/** A patch of a plan. It replaces the given fields. */
export const planPatchSchema = z.strictObject(planFields).partial()

const tokenPriceFields = {
  inputUsdPerMillion: tokenPriceSchema.optional(),
  cachedInputUsdPerMillion: tokenPriceSchema.optional(),
  cacheWriteUsdPerMillion: tokenPriceSchema.optional(),
  cacheWrite1hUsdPerMillion: tokenPriceSchema.optional(),
  inputAudioUsdPerMillion: tokenPriceSchema.optional(),
  cachedAudioUsdPerMillion: tokenPriceSchema.optional(),
  inputImageUsdPerMillion: tokenPriceSchema.optional(),
  cachedImageUsdPerMillion: tokenPriceSchema.optional(),
  inputVideoUsdPerMillion: tokenPriceSchema.optional(),
  outputUsdPerMillion: tokenPriceSchema.optional(),
  reasoningUsdPerMillion: tokenPriceSchema.optional(),
  outputAudioUsdPerMillion: tokenPriceSchema.optional(),
  outputImageUsdPerMillion: tokenPriceSchema.optional(),
  outputVideoUsdPerMillion: tokenPriceSchema.optional(),
  citationUsdPerMillion: tokenPriceSchema.optional(),
}

const feeFields = {
  requestUsdPerThousand: tokenPriceSchema.optional(),
  webSearchUsdPerThousand: tokenPriceSchema.optional(),
  fileSearchUsdPerThousand: tokenPriceSchema.optional(),
  audioUsdPerHour: tokenPriceSchema.optional(),
  pageUsdPerThousand: tokenPriceSchema.optional(),
  annotatedPageUsdPerThousand: tokenPriceSchema.optional(),
  textMessageUsdPerThousand: tokenPriceSchema.optional(),
}

/** Input and output must both have a price or neither. With one alone, the other would be free. */
const refuseHalfPrices = (
  price: { inputUsdPerMillion?: unknown; outputUsdPerMillion?: unknown },
  context: z.RefinementCtx,
  isWhole: boolean,
): void => {
  const missing = (['inputUsdPerMillion', 'outputUsdPerMillion'] as const).filter(
    (field) => price[field] === undefined,
  )
  const isTold = Object.keys(price).some((field) => field.endsWith('UsdPerMillion'))
  if (missing.length === 0 || (missing.length === 2 && !isTold && !isWhole)) return
  for (const field of missing) {
    context.addIssue({ code: 'custom', path: [field], message: 'is required' })
  }
}

/** A price of a model that overrides the price library. */
export const modelPriceSchema = answered(
  'ModelPrice',
  z
    .strictObject({
      provider: modelNameSchema,
      model: modelNameSchema,
      ...tokenPriceFields,
      tiers: z
        .array(
          z
            .strictObject({ aboveInputTokens: z.number().int().nonnegative(), ...tokenPriceFields })
            .superRefine((tier, context) => refuseHalfPrices(tier, context, true)),
        )
        .max(20)
        .optional(),
      ...feeFields,
    })
    .superRefine((price, context) => {
      const hasFee = Object.keys(feeFields).some((fee) => Object.hasOwn(price, fee))
      refuseHalfPrices(price, context, price.tiers !== undefined || !hasFee)
    }) satisfies z.ZodType<ModelPrice>,
)

const cloudEventPathSchema = z
  .string()
  .regex(
    CLOUD_EVENT_PATH,
    'must be an attribute, such as subject, or a path such as $.usage.tokens',
  )

/** How CloudEvents of one type are mapped to events of an event type of this catalog. */
const cloudEventMappingSchema = z.strictObject({
  type: storableText(255),
  source: storableText(1_000).optional().describe('only events from this source'),
  where: z
    .record(cloudEventPathSchema, z.union([z.string().max(255), z.number(), z.boolean()]))
    .optional()
    .describe('only events that have these values at these places'),
  eventType: keySchema,
  organizationId: cloudEventPathSchema
    .optional()
    .describe("the place of the organization's id; default: the caller's own organization"),
  fields: z.partialRecord(z.enum(MAPPED_FIELDS), cloudEventPathSchema).optional(),
  quantities: z.record(keySchema, z.union([cloudEventPathSchema, amountSchema])).optional(),
  properties: z.record(propertyNameSchema, cloudEventPathSchema).optional(),
})

/** A whole catalog. `validateCatalog` checks the references between its parts. */
export const catalogSchema = sent(
  'CatalogDocument',
  z.strictObject({
    key: keySchema,
    name: nameSchema,
    description: descriptionSchema.optional(),
    meters: z.array(meterSchema).max(100),
    eventTypes: list(eventTypeSchema),
    plans: z.array(planSchema).max(200),
    modelPrices: list(modelPriceSchema).default([]),
    cloudEvents: z.array(cloudEventMappingSchema).max(200).optional(),
  }),
)

export type Meter = z.output<typeof meterSchema>
export type EventType = z.output<typeof eventTypeSchema>
export type Limit = z.output<typeof limitSchema>
export type Plan = z.output<typeof planSchema>
export type Catalog = z.output<typeof catalogSchema>
/** A catalog as people write it: decimals as numbers or text, defaults left out. */
export type CatalogInput = z.input<typeof catalogSchema>
export type LimitInput = z.input<typeof limitSchema>
export type MeterInput = z.input<typeof meterSchema>
export type EventTypeInput = z.input<typeof eventTypeSchema>
export type EventTypePatch = z.input<typeof eventTypePatchSchema>
export type PlanInput = z.input<typeof planSchema>
export type PlanPatch = z.input<typeof planPatchSchema>
export type ModelPriceInput = z.input<typeof modelPriceSchema>

export type CatalogValidation =
  | { readonly ok: true; readonly catalog: Catalog }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/**
 * Validates a catalog. Returns it, or all its faults at once: those of the schema, and those
 * between the parts as far as they can be read.
 */
export const validateCatalog = (input: unknown): CatalogValidation => {
  const parsed = catalogSchema.safeParse(input, PARSING)
  const found = catalogFaults(readCatalogDraft(input))
  if (parsed.success && found.length === 0) return { ok: true, catalog: parsed.data }
  const issues = parsed.success ? [] : faultsOfIssues(parsed.error.issues, fieldNamer(input))
  return { ok: false, faults: [...issues, ...found] }
}

/** Names a field by the key of its meter, event type or plan, if known. */
const fieldNamer = (input: unknown): ((path: readonly PropertyKey[]) => string) => {
  const document: Record<string, unknown> =
    typeof input === 'object' && input !== null ? { ...input } : {}
  const paths = new Map(
    ['meters', 'eventTypes', 'plans'].map((part) => [part, elementPaths(part, document[part])]),
  )
  return ([part, index, ...rest]) => {
    const root = typeof index === 'number' ? paths.get(String(part))?.[index] : undefined
    if (root !== undefined) return fieldPath(rest, root)
    return fieldPath([part, index, ...rest].filter((segment) => segment !== undefined))
  }
}
