import { z } from 'zod'
import { parseDecimal } from '../core/amounts.ts'
import { type LimitShape, limitShapeFaults } from '../core/limit-faults.ts'
import type { Right } from '../core/rights.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import {
  DECISION_MODES,
  FAILURE_POLICIES,
  LIMIT_BEHAVIORS,
  LIMIT_SUBJECTS,
  LIMIT_WINDOWS,
  limitOptions,
} from './catalog.ts'
import { type Pages, pageOf, pageRequestSchema, patchOf } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, organizationIdSchema, storableText } from './text.ts'

const ORGANIZATION_STATUSES = ['active', 'closed'] as const

/**
 * A start in the past imports a running subscription. A start in the future is refused, because an
 * organization may use its plan as soon as it exists.
 */
export const organizationCreateSchema = sent(
  'OrganizationCreate',
  z.strictObject({
    id: organizationIdSchema,
    name: storableText(10_000),
    plan: storableText(129).describe(
      "the plan's key, or catalog/plan if several catalogs are loaded",
    ),
    startsAt: instantSchema.optional(),
    trialEndsAt: instantSchema
      .optional()
      .describe('an instant in the future; nothing is charged until then'),
  }),
)
export type OrganizationCreateInput = z.input<typeof organizationCreateSchema>

export const organizationSchema = answered(
  'Organization',
  z.object({
    id: z.string(),
    name: z.string(),
    plan: z.string().describe('catalog/plan'),
    planVersion: z.number().int(),
    status: z.enum(ORGANIZATION_STATUSES),
    startsAt: z.iso.datetime(),
    warnPercent: z.number().int(),
    createdAt: z.iso.datetime(),
  }),
)
export type Organization = z.output<typeof organizationSchema>

/** The fields of an organization that may change. A change of plan moves to its newest version. */
export const organizationUpdateSchema = sent(
  'OrganizationUpdate',
  patchOf({
    name: organizationCreateSchema.shape.name.optional(),
    plan: organizationCreateSchema.shape.plan.optional(),
    warnPercent: z
      .number()
      .int('must be a whole number')
      .min(1, 'must be at least 1')
      .max(100, 'must be at most 100')
      .optional()
      .describe('the percentage of a limit from which the gate warns'),
  }),
)
export type OrganizationUpdateInput = z.input<typeof organizationUpdateSchema>

/** Filters the list of organizations. */
export const organizationFilterSchema = z.strictObject({
  ...pageRequestSchema.shape,
  plan: storableText(129).optional().describe('catalog/plan, or the key of a plan in any catalog'),
  status: z.enum(ORGANIZATION_STATUSES).optional(),
})
export type OrganizationFilter = z.input<typeof organizationFilterSchema>

export const organizationPageSchema = answered('OrganizationPage', pageOf(organizationSchema))

/**
 * The identity behind a credential. `actor` is its name in the audit log: `key:…`, `user:…`,
 * `admin`.
 */
export type Principal =
  /** The platform's administrator. */
  | { readonly kind: 'admin'; readonly actor: string }
  /** An organization with its own key, limited to the key's scopes. */
  | {
      readonly kind: 'organization'
      readonly organizationId: string
      readonly apiKeyId: string
      readonly scopes: readonly Right[]
      readonly actor: string
    }
  /** A backend with a service key of the platform, for any organization, limited to its scopes. */
  | {
      readonly kind: 'service'
      readonly serviceKeyId: string
      readonly scopes: readonly Right[]
      readonly actor: string
    }
  /** A user, whose rights depend on their role in each organization. */
  | { readonly kind: 'user'; readonly userId: string; readonly actor: string }
  /** A browser that may read one organization for a limited time. */
  | {
      readonly kind: 'reader'
      readonly organizationId: string
      readonly actor: string
      /** Absent: the default rights of a read token. */
      readonly rights?: readonly Right[]
      /** The origins whose pages may use it; absent: any origin. */
      readonly origins?: readonly string[]
    }
  /** The platform's scheduler. */
  | { readonly kind: 'cron'; readonly actor: string }

/**
 * An administrator's override of one limit (meter, window and subject). It lasts until it expires
 * or another replaces it. It replaces the plan's limit as a whole; settings that it leaves out have
 * their defaults.
 */
export const limitOverrideSchema = sent(
  'LimitOverride',
  z
    .strictObject({
      meter: storableText(64),
      window: z.enum(LIMIT_WINDOWS),
      max: z.number().min(0).nullable().describe('in whole units of the meter; null: unlimited'),
      behavior: z.enum(LIMIT_BEHAVIORS),
      ...limitOptions,
      reason: storableText(1_000),
      expiresAt: instantSchema.nullish(),
    })
    .superRefine((limit, ctx) => {
      for (const { field, message } of limitShapeFaults(decimalsOf(limit))) {
        ctx.addIssue({ code: 'custom', path: [field], message })
      }
    }),
)

const decimalsOf = (limit: {
  window: string
  per?: string | undefined
  behavior: string
  max: number | null
  burst?: number | undefined
  cap?: number | undefined
  anonymous?: string | undefined
}): LimitShape => ({
  ...limit,
  max: limit.max === null ? null : parseDecimal(limit.max),
  burst: limit.burst === undefined ? undefined : parseDecimal(limit.burst),
  cap: limit.cap === undefined ? undefined : parseDecimal(limit.cap),
  per: limit.per,
})

export type LimitOverrideInput = z.input<typeof limitOverrideSchema>

export const limitOverrideCreatedSchema = answered(
  'LimitOverrideCreated',
  z.object({
    id: z.string(),
    organizationId: z.string(),
    meter: z.string(),
    window: z.enum(LIMIT_WINDOWS),
    max: z.number().nullable(),
    behavior: z.enum(LIMIT_BEHAVIORS),
    per: z.enum(LIMIT_SUBJECTS),
    burst: z.number().nullable().describe('null: the same as `max`, or not a limit per minute'),
    cap: z.number().nullable().describe('null: none'),
    onFailure: z
      .enum(FAILURE_POLICIES)
      .describe('the policy in force, also when it is the default'),
    decide: z.enum(DECISION_MODES).nullable().describe("null: the host's setting"),
    durable: z.boolean().describe('the value in force, also when it is the default'),
    reason: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
  }),
)
export type LimitOverrideCreated = z.output<typeof limitOverrideCreatedSchema>

/** The current use of an organization, in the windows that contain now. */
export const currentUsageSchema = answered(
  'CurrentUsage',
  z.object({
    organizationId: z.string(),
    plan: z.string(),
    at: z.iso.datetime(),
    period: z.object({ start: z.iso.datetime(), end: z.iso.datetime() }),
    limits: z.array(
      z.object({
        limit: z.string(),
        meter: z.string(),
        window: z.enum(LIMIT_WINDOWS),
        behavior: z.enum(LIMIT_BEHAVIORS),
        max: z.number().nullable(),
        burst: z
          .number()
          .optional()
          .describe('for a rate with a burst: the most at once; `remaining` counts down from it'),
        used: z.number(),
        held: z.number(),
        remaining: z.number().nullable(),
        percentageUsed: z.number().nullable(),
        resetAt: z.iso
          .datetime()
          .nullable()
          .describe('null: time alone frees nothing, only other calls do'),
        overridden: z.boolean(),
      }),
    ),
    month: z.object({
      events: z.number(),
      errors: z.number(),
      unpriced: z.number(),
      credits: z.number(),
      costUsd: z.string(),
      inputTokens: z.number(),
      outputTokens: z.number(),
      meters: z.record(z.string(), z.number()),
    }),
  }),
)
export type CurrentUsage = z.output<typeof currentUsageSchema>

/** The tenants, each on a plan. */
export interface Organizations {
  create(input: OrganizationCreateInput, options?: CallOptions): Promise<Organization>
  get(input?: OfOrganization, options?: CallOptions): Promise<Organization>
  /** Lists organizations by id. */
  list(input?: OrganizationFilter, options?: CallOptions): Pages<Organization>
  /** Updates an organization. A new plan's limits apply at once, and use so far still counts. */
  update(
    input: OfOrganization & OrganizationUpdateInput,
    options?: CallOptions,
  ): Promise<Organization>
  /**
   * Closes an organization. The gate refuses its calls and its keys stop working. Its use stays
   * recorded.
   */
  close(input?: OfOrganization, options?: CallOptions): Promise<Organization>
}
