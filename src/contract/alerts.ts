import { z } from 'zod'
import { ALERT_KINDS, MINUTE_TERMS } from '../core/alert-kinds.ts'
import { TIME_WINDOWS } from '../core/catalog-words.ts'
import { isQuota } from '../core/limit-kind.ts'
import { SEVERITIES } from '../core/severity.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { type PageRequest, type Pages, pageOf, pageRequestSchema, patchOf } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, storableText } from './text.ts'

/** The most rules that one owner may have. */
export const MOST_ALERT_RULES = 100
const MOST_THRESHOLDS = 10
const WINDOWS = TIME_WINDOWS.filter((window) => isQuota(window))

const thresholdsSchema = z
  .array(
    z.strictObject({
      at: z.number().describe('in the unit of the kind'),
      severity: z.enum(SEVERITIES),
    }),
  )
  .min(1, 'must have one at least')
  .max(MOST_THRESHOLDS, `must have at most ${MOST_THRESHOLDS}`)
  .refine(
    (all) => new Set(all.map(({ at }) => at)).size === all.length,
    'must name each `at` only once',
  )

const minutes = z.number().int().min(1).max(60)

/** The fields of a rule that an update may change. */
const changeable = {
  name: storableText(200).nullable().optional().describe('for people'),
  thresholds: thresholdsSchema
    .optional()
    .describe('each is told by itself; not given: those of the kind'),
  enabled: z.boolean().optional(),
  meter: storableText(255).nullable().optional().describe('only of this meter; not given: of all'),
  window: z.enum(WINDOWS).nullable().optional().describe('only of this window; not given: of all'),
  maximum: z
    .number()
    .positive()
    .nullable()
    .optional()
    .describe('of what the share is, in place of a limit; needs `meter` and `window`'),
  endpoint: storableText(512).nullable().optional().describe('only calls of this endpoint'),
  percentile: z
    .union([z.literal(50), z.literal(95), z.literal(99)])
    .optional()
    .describe(`of durations, ${MINUTE_TERMS.percentile} if not given`),
  minimumCalls: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(`a minute with fewer calls is not bad, ${MINUTE_TERMS.minimumCalls} if not given`),
  badMinutes: minutes.optional().describe(`${MINUTE_TERMS.badMinutes} if not given …`),
  ofMinutes: minutes.optional().describe(`… of so many fire, ${MINUTE_TERMS.ofMinutes}`),
  goodMinutes: minutes
    .optional()
    .describe(`so many in a row recover, ${MINUTE_TERMS.goodMinutes} if not given`),
}

const createShape = {
  kind: z.enum(ALERT_KINDS).describe('what it is on'),
  ...changeable,
}

export const alertCreateSchema = sent('AlertCreate', z.strictObject(createShape))
export type AlertCreateInput = z.input<typeof alertCreateSchema>

export const platformAlertCreateSchema = sent(
  'PlatformAlertCreate',
  z.strictObject({
    ...createShape,
    plan: storableText(255)
      .optional()
      .describe('`catalog/plan`: of all organizations on it; not given: of all'),
  }),
)
export type PlatformAlertCreateInput = z.input<typeof platformAlertCreateSchema>

export const alertUpdateSchema = sent('AlertUpdate', patchOf(changeable))
export type AlertUpdateInput = z.input<typeof alertUpdateSchema>

const termsShape = {
  meter: z.string().nullable(),
  window: z.string().nullable(),
  maximum: z.number().nullable(),
  endpoint: z.string().nullable(),
  percentile: z.number().nullable(),
  minimumCalls: z.number().nullable(),
  badMinutes: z.number().nullable(),
  ofMinutes: z.number().nullable(),
  goodMinutes: z.number().nullable(),
}

/** A rule as it is in force. */
export const alertSchema = answered(
  'Alert',
  z.object({
    id: z.string(),
    version: z.number().int().describe('rises when what is measured or a threshold changes'),
    kind: z.enum(ALERT_KINDS),
    scope: z.enum(['organization', 'plan', 'platform']).describe('whose rule it is'),
    organizationId: z.string().nullable().describe('null: of the platform'),
    plan: z.string().nullable(),
    name: z.string().nullable(),
    unit: z.string().describe('of `at`'),
    thresholds: z.array(z.object({ at: z.number(), severity: z.enum(SEVERITIES) })),
    ...termsShape,
    enabled: z.boolean().describe('of an organization: whether it holds there'),
    builtIn: z.boolean().describe('it can be changed and turned off, and not be removed'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  }),
)
export type Alert = z.output<typeof alertSchema>

export const alertPageSchema = answered('AlertPage', pageOf(alertSchema))
export const alertRemovedSchema = z.object({ id: z.string(), removedAt: z.iso.datetime() })
export type AlertRemoved = z.output<typeof alertRemovedSchema>

const FIRING_STATES = ['open', 'ended', 'suppressed'] as const

/** One firing of a rule. Amounts are exact decimals. */
const alertFiringSchema = answered(
  'AlertFiring',
  z.object({
    id: z.string(),
    organizationId: z.string().nullable().describe('null: of the platform itself'),
    alertId: z.string(),
    rule: z.enum(ALERT_KINDS),
    severity: z.enum(SEVERITIES),
    title: z.string(),
    subject: z.string().nullable().describe("what it is about, such as the limit's name"),
    value: z.string().nullable(),
    threshold: z.string().nullable(),
    maximum: z.string().nullable(),
    unit: z.string().nullable(),
    windowStart: z.iso.datetime().nullable(),
    windowEnd: z.iso.datetime().nullable(),
    occurredAt: z.iso.datetime(),
    decidedAt: z.iso.datetime(),
    standing: z.boolean().describe('it was so before the rule or the limit was'),
    cause: z.string().describe('the same for what has one cause'),
    suppressed: z.string().nullable().describe('why nobody was told; null: they were'),
    ended: z
      .enum(['recovered', 'withdrawn', 'rule_changed'])
      .nullable()
      .describe('null: it has not; what is told once a window does not end by itself'),
    endedAt: z.iso.datetime().nullable(),
  }),
)
export type AlertFiring = z.output<typeof alertFiringSchema>

export const alertFiringPageSchema = answered('AlertFiringPage', pageOf(alertFiringSchema))

const firingFilterShape = {
  ...pageRequestSchema.shape,
  alertId: storableText(255).optional().describe('of this rule'),
  rule: z.enum(ALERT_KINDS).optional(),
  severity: z.enum(SEVERITIES).optional(),
  state: z
    .enum(FIRING_STATES)
    .optional()
    .describe('suppressed: nobody was told; not given: those that somebody was told of'),
  from: instantSchema.optional().describe('decided from then on'),
  to: instantSchema.optional().describe('and before then'),
}

export const alertFiringFilterSchema = z.strictObject(firingFilterShape)
export type AlertFiringFilter = PageRequest &
  Omit<z.input<typeof alertFiringFilterSchema>, 'cursor' | 'limit'>

export const platformFiringFilterSchema = z.strictObject({
  ...firingFilterShape,
  organizationId: storableText(255)
    .optional()
    .describe('of this one; not given: of all, and of the platform itself'),
})
export type PlatformFiringFilter = AlertFiringFilter & { readonly organizationId?: string }

/** Names one rule. */
export interface OfAlert {
  readonly alertId: string
}

/** The alert rules of an organization, including the platform's rules that apply to it. */
export interface Alerts {
  /** Lists the platform's rules first, then the organization's own, each oldest first. */
  list(input?: OfOrganization & PageRequest, options?: CallOptions): Pages<Alert>
  /** Creates a rule. A threshold that is already exceeded fires at once, marked `standing`. */
  create(input: OfOrganization & AlertCreateInput, options?: CallOptions): Promise<Alert>
  get(input: OfOrganization & OfAlert, options?: CallOptions): Promise<Alert>
  /** Updates a rule. A rule of the platform can only be turned on or off here. */
  update(input: OfOrganization & OfAlert & AlertUpdateInput, options?: CallOptions): Promise<Alert>
  /** Deletes a rule of the organization. Its firings stay. */
  remove(input: OfOrganization & OfAlert, options?: CallOptions): Promise<AlertRemoved>
  /** Lists the firings of the last 90 days, latest first. */
  firings(input?: OfOrganization & AlertFiringFilter, options?: CallOptions): Pages<AlertFiring>
}

/** Alert rules for all organizations, for those on one plan, and for the platform itself. */
export interface PlatformAlerts {
  list(input?: PageRequest, options?: CallOptions): Pages<Alert>
  create(input: PlatformAlertCreateInput, options?: CallOptions): Promise<Alert>
  get(input: OfAlert, options?: CallOptions): Promise<Alert>
  update(input: OfAlert & AlertUpdateInput, options?: CallOptions): Promise<Alert>
  /** Deletes a rule. A built-in rule cannot be deleted, only turned off. */
  remove(input: OfAlert, options?: CallOptions): Promise<AlertRemoved>
  /** Lists the firings of all rules, latest first. */
  firings(input?: PlatformFiringFilter, options?: CallOptions): Pages<AlertFiring>
}
