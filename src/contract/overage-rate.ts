import { z } from 'zod'
import { type OverageRate, readRate } from '../core/billing/overage-rate.ts'
import { decimalSchema } from './decimal.ts'

const unitPriceSchema = decimalSchema({ max: '1000000', decimals: 12 })
const amountSchema = decimalSchema({ max: '10000000', decimals: 12 })
/** Whole units, so that they suit a meter of any scale. */
const quantitySchema = decimalSchema({ max: '1000000000000', decimals: 0 })
const MOST_TIERS = 100

const bounds = {
  minimum: amountSchema.optional().describe('the least that a window costs, used or not'),
  maximum: amountSchema.optional().describe('the most that a window costs'),
}

const tierSchema = z.strictObject({
  upTo: quantitySchema
    .nullable()
    .describe('the last unit of the tier, past the maximum of the limit; null: without end'),
  unitPrice: unitPriceSchema,
  flatFee: amountSchema.optional().describe('once, when the tier is reached'),
})

const structuredSchema = z.discriminatedUnion('model', [
  z.strictObject({ model: z.literal('flat'), unitPrice: unitPriceSchema, ...bounds }),
  z.strictObject({
    model: z.enum(['graduated', 'volume']),
    tiers: z.array(tierSchema).min(1).max(MOST_TIERS),
    ...bounds,
  }),
  z.strictObject({
    model: z.literal('package'),
    packageSize: quantitySchema,
    packagePrice: amountSchema,
    ...bounds,
  }),
])

/**
 * What use past an `overage` limit costs, in US dollars: a price for each unit, or one by tiers or
 * packages, with bounds.
 */
export const overageRateSchema: z.ZodType<OverageRate, unknown> = z
  .union([unitPriceSchema, structuredSchema], {
    error: 'must be a price, such as "0.001", or {"model": …} with its tiers or package',
  })
  .superRefine((rate, ctx) => {
    const fault = readRate(rate)
    if (fault) ctx.addIssue({ code: 'custom', message: fault })
  })
