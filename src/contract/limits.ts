import { z } from 'zod'
import {
  DECISION_MODES,
  FAILURE_POLICIES,
  LIMIT_BEHAVIORS,
  LIMIT_SUBJECTS,
  LIMIT_WINDOWS,
} from '../core/catalog-words.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { answered } from './schema-names.ts'
import {
  type LimitOverrideCreated,
  type LimitOverrideInput,
  limitOverrideCreatedSchema,
} from './tenancy.ts'

/** The settings of a limit, with defaults filled in. Amounts are in whole units. */
const limitTermsSchema = z.object({
  max: z.number().nullable().describe('null: unlimited'),
  behavior: z.enum(LIMIT_BEHAVIORS),
  burst: z.number().nullable().describe('null: the same as `max`, or not a limit per minute'),
  cap: z.number().nullable().describe('null: none'),
  onFailure: z.enum(FAILURE_POLICIES),
  decide: z.enum(DECISION_MODES).nullable().describe("null: the host's setting"),
  durable: z.boolean(),
})

/** A limit in force, beside the plan's limit and the override. */
export const organizationLimitSchema = answered(
  'OrganizationLimit',
  z.object({
    limit: z.string().describe('meter/window'),
    meter: z.string(),
    window: z.enum(LIMIT_WINDOWS),
    per: z.enum(LIMIT_SUBJECTS),
    ...limitTermsSchema.shape,
    plan: limitTermsSchema.nullable().describe('null: the plan has no such limit'),
    override: z
      .object({
        ...limitTermsSchema.shape,
        id: z.string(),
        setBy: z
          .enum(['platform', 'organization'])
          .describe('only the platform may change an override that the platform set'),
        reason: z.string(),
        createdAt: z.iso.datetime(),
        expiresAt: z.iso.datetime().nullable(),
      })
      .nullable()
      .describe('the override in force; null: none'),
  }),
)
export type OrganizationLimit = z.output<typeof organizationLimitSchema>

/** All limits of an organization. There is at most one per meter, window and `per`. */
export const organizationLimitsSchema = answered(
  'OrganizationLimits',
  z.object({ limits: z.array(organizationLimitSchema) }),
)

/** A removed override. The plan's limit applies again. */
export const limitOverrideRemovedSchema = answered(
  'LimitOverrideRemoved',
  limitOverrideCreatedSchema
    .pick({ id: true, organizationId: true, meter: true, window: true, per: true })
    .extend({ removedAt: z.iso.datetime() }),
)
export type LimitOverrideRemoved = z.output<typeof limitOverrideRemovedSchema>

/** The limits of an organization, and its overrides. */
export interface Limits {
  /** Lists the limits in force, each with the plan's limit and the override. */
  list(input?: OfOrganization, options?: CallOptions): Promise<readonly OrganizationLimit[]>
  override(
    input: OfOrganization & LimitOverrideInput,
    options?: CallOptions,
  ): Promise<LimitOverrideCreated>
  /** Removes an override. The plan's limit applies again. */
  remove(
    input: OfOrganization & { overrideId: string },
    options?: CallOptions,
  ): Promise<LimitOverrideRemoved>
}
