import { z } from 'zod'
import { parseDecimal } from '../core/amounts.ts'
import { type LimitShape, limitShapeFaults } from '../core/limit-faults.ts'
import {
  DECISION_MODES,
  FAILURE_POLICIES,
  LIMIT_BEHAVIORS,
  LIMIT_SUBJECTS,
  LIMIT_WINDOWS,
  limitOptions,
} from './catalog.ts'
import { instantSchema, organizationIdSchema, storableText } from './text.ts'

/** A start in the past brings a running subscription over from elsewhere. */
export const organizationCreateSchema = z.strictObject({
  id: organizationIdSchema,
  name: storableText(10_000),
  plan: storableText(129).describe('plan key, or catalog/plan where several catalogs are loaded'),
  startsAt: instantSchema.optional(),
})
export type OrganizationCreateInput = z.input<typeof organizationCreateSchema>

export const organizationSchema = z.object({
  id: z.string(),
  name: z.string(),
  plan: z.string().describe('catalog/plan'),
  planVersion: z.number().int(),
  status: z.enum(['active', 'closed']),
  startsAt: z.iso.datetime(),
  warnPercent: z.number().int(),
  createdAt: z.iso.datetime(),
})
export type Organization = z.output<typeof organizationSchema>

export const apiKeyCreateSchema = z.strictObject({
  name: storableText(10_000),
  expiresAt: instantSchema.optional(),
})
export type ApiKeyCreateInput = z.input<typeof apiKeyCreateSchema>

/** `key` is shown this once; only its SHA-256 is kept. */
export const apiKeyCreatedSchema = z.object({
  id: z.string(),
  key: z.string(),
  name: z.string(),
  prefix: z.string(),
  organizationId: z.string().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
})
export type ApiKeyCreated = z.output<typeof apiKeyCreatedSchema>

/** Who a credential stands for: the platform's administrator, or one organization. */
export type Principal =
  | { kind: 'admin'; actor: string }
  | { kind: 'organization'; organizationId: string; apiKeyId: string; actor: string }

/**
 * An administrator's override of one limit (a meter, a window and whose use it counts), until it
 * expires or another replaces it. It stands in the place of the plan's as a whole: what it does
 * not say is as in a plan that does not say it.
 */
export const limitOverrideSchema = z
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
  })

const decimalsOf = (limit: {
  window: string
  per?: string | undefined
  behavior: string
  max: number | null
  burst?: number | undefined
  cap?: number | undefined
}): LimitShape => ({
  ...limit,
  max: limit.max === null ? null : parseDecimal(limit.max),
  burst: limit.burst === undefined ? undefined : parseDecimal(limit.burst),
  cap: limit.cap === undefined ? undefined : parseDecimal(limit.cap),
  per: limit.per,
})

export type LimitOverrideInput = z.input<typeof limitOverrideSchema>

export const limitOverrideCreatedSchema = z.object({
  id: z.string(),
  organizationId: z.string(),
  meter: z.string(),
  window: z.enum(LIMIT_WINDOWS),
  max: z.number().nullable(),
  behavior: z.enum(LIMIT_BEHAVIORS),
  per: z.enum(LIMIT_SUBJECTS),
  burst: z.number().nullable().describe('null: as much as `max`, or not by the minute'),
  cap: z.number().nullable().describe('null: none'),
  onFailure: z.enum(FAILURE_POLICIES).describe('what holds, also where it was not given'),
  decide: z.enum(DECISION_MODES).nullable().describe('null: as the host chose'),
  durable: z.boolean().describe('what holds, also where it was not given'),
  reason: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
})
export type LimitOverrideCreated = z.output<typeof limitOverrideCreatedSchema>

/** How an organization stands in the windows that contain now. */
export const currentUsageSchema = z.object({
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
      used: z.number(),
      held: z.number(),
      remaining: z.number().nullable(),
      percentageUsed: z.number().nullable(),
      resetAt: z.iso.datetime().nullable().describe('null: when others end, not with time'),
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
})
export type CurrentUsage = z.output<typeof currentUsageSchema>
