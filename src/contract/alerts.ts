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
      at: z.number().describe("the level, in the unit of the rule's kind"),
      severity: z.enum(SEVERITIES),
    }),
  )
  .min(1, 'must have at least one')
  .max(MOST_THRESHOLDS, `must have at most ${MOST_THRESHOLDS}`)
  .refine(
    (all) => new Set(all.map(({ at }) => at)).size === all.length,
    'must not contain the same `at` twice',
  )

const minutes = z.number().int().min(1).max(60)

/** The fields of a rule that an update may change. */
const changeable = {
  name: storableText(200).nullable().optional().describe('a name for people'),
  thresholds: thresholdsSchema
    .optional()
    .describe('each threshold fires by itself; default: the thresholds of the kind'),
  enabled: z.boolean().optional(),
  meter: storableText(255).nullable().optional().describe('only this meter; default: all'),
  window: z.enum(WINDOWS).nullable().optional().describe('only this window; default: all'),
  maximum: z
    .number()
    .positive()
    .nullable()
    .optional()
    .describe("the maximum behind the share, instead of a limit's; requires `meter` and `window`"),
  endpoint: storableText(512).nullable().optional().describe('only calls of this endpoint'),
  percentile: z
    .union([z.literal(50), z.literal(95), z.literal(99)])
    .optional()
    .describe(`the percentile of durations; default ${MINUTE_TERMS.percentile}`),
  minimumCalls: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(`a minute with fewer calls is never bad; default ${MINUTE_TERMS.minimumCalls}`),
  badMinutes: minutes
    .optional()
    .describe(`the rule fires after so many bad minutes …; default ${MINUTE_TERMS.badMinutes}`),
  ofMinutes: minutes
    .optional()
    .describe(`… within so many minutes; default ${MINUTE_TERMS.ofMinutes}`),
  goodMinutes: minutes
    .optional()
    .describe(
      'the rule recovers after so many minutes in a row that are not bad; default ' +
        `${MINUTE_TERMS.goodMinutes}`,
    ),
}

const createShape = {
  kind: z.enum(ALERT_KINDS).describe('what the rule watches'),
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
      .describe('`catalog/plan`: all organizations on this plan; default: all organizations'),
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
    version: z.number().int().describe('increases when the measured value or a threshold changes'),
    kind: z.enum(ALERT_KINDS),
    scope: z.enum(['organization', 'plan', 'platform']).describe('who owns the rule'),
    organizationId: z.string().nullable().describe('null: a rule of the platform'),
    plan: z.string().nullable(),
    name: z.string().nullable(),
    unit: z.string().describe('the unit of `at`'),
    thresholds: z.array(z.object({ at: z.number(), severity: z.enum(SEVERITIES) })),
    ...termsShape,
    enabled: z
      .boolean()
      .describe("whether the rule is on, in an organization's list: for that organization"),
    builtIn: z.boolean().describe('true: the rule can be changed and turned off, but not removed'),
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
    organizationName: z.string().nullable().describe('as it is called now'),
    alertId: z.string(),
    rule: z.enum(ALERT_KINDS),
    severity: z.enum(SEVERITIES),
    title: z.string(),
    subject: z.string().nullable().describe("what the firing is about, such as the limit's name"),
    value: z.string().nullable(),
    threshold: z.string().nullable(),
    maximum: z.string().nullable(),
    unit: z.string().nullable(),
    windowStart: z.iso.datetime().nullable(),
    windowEnd: z.iso.datetime().nullable(),
    occurredAt: z.iso.datetime(),
    decidedAt: z.iso.datetime(),
    standing: z
      .boolean()
      .describe('true: the level was exceeded before the rule or the limit existed'),
    cause: z.string().describe('equal for firings with the same cause'),
    suppressed: z.string().nullable().describe('why nobody was notified; null: somebody was'),
    ended: z
      .enum(['recovered', 'withdrawn', 'rule_changed'])
      .nullable()
      .describe(
        'when and how it ended; null: not yet. A firing that occurs once per window does not end ' +
          'by itself',
      ),
    endedAt: z.iso.datetime().nullable(),
  }),
)
export type AlertFiring = z.output<typeof alertFiringSchema>

export const alertFiringPageSchema = answered('AlertFiringPage', pageOf(alertFiringSchema))

const firingFilterShape = {
  ...pageRequestSchema.shape,
  alertId: storableText(255).optional().describe('only firings of this rule'),
  rule: z.enum(ALERT_KINDS).optional(),
  severity: z.enum(SEVERITIES).optional(),
  state: z
    .enum(FIRING_STATES)
    .optional()
    .describe('suppressed: nobody was notified; default: firings that somebody was notified of'),
  from: instantSchema.optional().describe('only firings decided at or after this instant'),
  to: instantSchema.optional().describe('only firings decided before this instant'),
}

export const alertFiringFilterSchema = z.strictObject(firingFilterShape)
export type AlertFiringFilter = PageRequest &
  Omit<z.input<typeof alertFiringFilterSchema>, 'cursor' | 'limit'>

export const platformFiringFilterSchema = z.strictObject({
  ...firingFilterShape,
  organizationId: storableText(255)
    .optional()
    .describe('only this organization; default: all, and the platform itself'),
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
  /** Lists the firings of the last 90 days, and older ones that are not over. Latest first. */
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
