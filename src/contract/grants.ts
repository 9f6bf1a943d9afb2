import { z } from 'zod'
import type { CallOptions, OfOrganization, Replayable } from './call.ts'
import { type PageRequest, type Pages, pageOf } from './page.ts'
import { instantSchema, storableText } from './text.ts'

/** The largest grant: a billion credits. */
const MAX_CREDITS = 1_000_000_000

/** The priority of the plan's allowance. Grants with a lower number are used before it. */
export const PLAN_PRIORITY = 100

const creditsSchema = z.number().positive().max(MAX_CREDITS)

export const grantCreateSchema = z.strictObject({
  id: storableText(255)
    .optional()
    .describe('the idempotency key: repeating it grants nothing more'),
  credits: creditsSchema.describe('at most six decimals'),
  priority: z
    .int()
    .min(0)
    .max(1_000)
    .optional()
    .describe("lower numbers are used first; default 100, the priority of the plan's allowance"),
  startsAt: instantSchema.optional().describe('default: now'),
  expiresAt: instantSchema
    .optional()
    .describe('for a recurring grant: no grant is made after this; default: never'),
  everyMonths: z
    .int()
    .min(1)
    .max(12)
    .optional()
    .describe(
      'makes the grant recurring: it repeats after so many months, and the earlier credits ' +
        'expire then',
    ),
  rolloverMax: z
    .number()
    .nonnegative()
    .max(MAX_CREDITS)
    .optional()
    .describe('for a recurring grant: how many unused credits carry over'),
  reason: storableText(1_000),
})
export type GrantCreateInput = z.input<typeof grantCreateSchema>

const GRANT_SOURCES = ['given', 'recurring', 'rollover', 'top_up'] as const
const GRANT_STATES = ['pending', 'active', 'used_up', 'expired', 'ended'] as const

/** A grant of credits. */
const grantSchema = z.object({
  id: z.string(),
  organizationId: z.string(),
  source: z.enum(GRANT_SOURCES),
  state: z.enum(GRANT_STATES),
  seriesId: z.string().nullable().describe('the id of the recurring grant'),
  credits: z.number().describe('the size of the grant'),
  remaining: z.number().describe('the part that can be used'),
  frozen: z.number().describe('unusable while the payment is in dispute'),
  takenBack: z.number().describe('taken back because the payment was returned'),
  priority: z.int(),
  startsAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  reason: z.string(),
  actor: z.string(),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
})
export type Grant = z.output<typeof grantSchema>
export const grantPageSchema = pageOf(grantSchema)

/** A recurring grant. */
const grantSeriesSchema = z.object({
  id: z.string(),
  credits: z.number(),
  everyMonths: z.int(),
  rolloverMax: z.number(),
  priority: z.int(),
  startsAt: z.iso.datetime(),
  nextAt: z.iso.datetime().nullable().describe('null: no further grants'),
  expiresAt: z.iso.datetime().nullable(),
  reason: z.string(),
})

/** The result of a grant: one grant, or a series with its first grant. */
export const grantCreatedSchema = z.object({
  grant: grantSchema.nullable().describe('null: the first grant is still to come'),
  series: grantSeriesSchema.nullable(),
})
export type GrantCreated = z.output<typeof grantCreatedSchema>

/** A grant that was ended. Its remaining credits can no longer be used. */
export const grantEndedSchema = z.object({
  id: z.string(),
  organizationId: z.string(),
  taken: z.number().describe('the unused credits that are taken back'),
  endedAt: z.iso.datetime(),
})
export type GrantEnded = z.output<typeof grantEndedSchema>

export const topUpSettingsSchema = z.strictObject({
  below: creditsSchema
    .nullable()
    .describe('the threshold below which credits are bought; null: nothing is bought'),
  credits: creditsSchema.optional().describe('the number of credits per purchase'),
  amount: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,2})?$/, 'must be decimal text, such as 12.50')
    .optional()
    .describe('the price of one purchase, in US dollars'),
  mostAMonth: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('the most purchases in a calendar month (UTC); default 10'),
})
export type TopUpSettingsInput = z.input<typeof topUpSettingsSchema>

/** The settings of automatic top-ups. */
const topUpSettingsSetSchema = z.object({
  below: z.number(),
  credits: z.number(),
  amount: z.string(),
  currency: z.string(),
  mostAMonth: z.int(),
})
export type TopUpSettings = z.output<typeof topUpSettingsSetSchema>

export const topUpSetSchema = z.object({
  organizationId: z.string(),
  topUp: topUpSettingsSetSchema.nullable().describe('null: nothing is bought'),
})
export type TopUpSet = z.output<typeof topUpSetSchema>

export const creditBalanceSchema = z.object({
  organizationId: z.string(),
  at: z.iso.datetime(),
  available: z
    .number()
    .nullable()
    .describe('the allowance and grants together, minus the debt; null: unlimited'),
  debt: z.number().describe('used past everything under a hard limit; the next grant pays it'),
  allowance: z
    .object({
      window: z.enum(['period', 'month']),
      start: z.iso.datetime(),
      end: z.iso.datetime().describe('when the allowance is renewed'),
      credits: z.number().nullable().describe('null: unlimited'),
      used: z.number().describe('including held credits'),
      remaining: z.number().nullable(),
      overage: z.number().describe('used past the allowance and all grants, charged by the plan'),
    })
    .nullable()
    .describe("the plan's allowance; null: the plan has no limit on credits per period or month"),
  granted: z.number().describe('what is left in all usable grants'),
  grants: z
    .array(grantSchema)
    .describe('grants with credits left, in the order of use, at most 100'),
  recurring: z.array(grantSeriesSchema).describe('at most 100'),
  topUp: topUpSettingsSetSchema.nullable().describe('null: no automatic purchases'),
})
export type CreditBalance = z.output<typeof creditBalanceSchema>

const MOVEMENTS = [
  ...(['opening', 'grant', 'rollover', 'draw', 'return', 'repay', 'expire', 'end'] as const),
  ...(['take_back', 'give_back', 'freeze', 'unfreeze'] as const),
] as const

/** A movement of credits in double entry. The amounts of its entries sum to zero. */
const creditMovementSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  kind: z.enum(MOVEMENTS),
  window: z.string().nullable(),
  windowStart: z.iso.datetime().nullable().describe('the window in which the credits were used'),
  entries: z.array(
    z.object({
      account: z.enum(['given', 'grant', 'frozen', 'plan', 'used', 'owed', 'expired']),
      grantId: z.string().nullable(),
      credits: z.number().describe('positive: into the account; negative: out of it'),
    }),
  ),
})
export type CreditMovement = z.output<typeof creditMovementSchema>
export const creditMovementPageSchema = pageOf(creditMovementSchema)

/** Credits beside the plan's allowance: purchases, promotions, recurring grants. */
export interface Grants {
  /**
   * Grants credits that can be used at once. Repeating the same `id` grants nothing and returns the
   * first grant.
   */
  create(
    input: OfOrganization & GrantCreateInput,
    options?: CallOptions,
  ): Promise<Replayable<GrantCreated>>
  /** Lists grants, newest first. */
  list(input?: OfOrganization & PageRequest, options?: CallOptions): Pages<Grant>
  /** Takes back the rest of a grant, or ends a recurring grant after the current one. */
  end(input: OfOrganization & { grantId: string }, options?: CallOptions): Promise<GrantEnded>
  balance(input?: OfOrganization, options?: CallOptions): Promise<CreditBalance>
  /**
   * Buys credits at Stripe whenever the usable credits fall below `below`. Each purchase is a
   * separate invoice to the organization's customer. Credits are granted when Stripe reports the
   * payment, and taken back when the money is returned.
   */
  setTopUp(input: OfOrganization & TopUpSettingsInput, options?: CallOptions): Promise<TopUpSet>
  /** Lists every movement of credits, latest first. */
  movements(input?: OfOrganization & PageRequest, options?: CallOptions): Pages<CreditMovement>
}
