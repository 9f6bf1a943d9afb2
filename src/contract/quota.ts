import { z } from 'zod'
import { keySchema, LIMIT_BEHAVIORS, LIMIT_WINDOWS } from './catalog.ts'
import { decisionReasonSchema } from './decision.ts'
import { answered } from './schema-names.ts'

/** Asks whether an amount of a meter would still fit, whatever event type uses it. */
export const quotaRequestSchema = z.strictObject({
  meter: keySchema.describe('the key of a meter'),
  amount: z.number().describe('in the unit of the meter; default 1').optional(),
})
export type QuotaRequest = z.input<typeof quotaRequestSchema>

/** The state of the limits on one meter, and whether the amount fits all of them. */
export const quotaSchema = answered(
  'Quota',
  z.object({
    organizationId: z.string(),
    meter: z.string(),
    amount: z.number(),
    allowed: z.boolean(),
    reason: decisionReasonSchema.nullable(),
    remaining: z
      .number()
      .nullable()
      .describe('what is left of the most binding limit; null: no limit on the meter'),
    resetAt: z.iso.datetime().nullable().describe('when the same limit resets'),
    limits: z.array(
      z.object({
        limit: z.string(),
        window: z.enum(LIMIT_WINDOWS),
        behavior: z.enum(LIMIT_BEHAVIORS),
        max: z.number().nullable(),
        used: z.number(),
        held: z.number(),
        remaining: z.number().nullable(),
        resetAt: z.iso.datetime().nullable(),
        allowed: z.boolean(),
      }),
    ),
  }),
)
export type Quota = z.output<typeof quotaSchema>
