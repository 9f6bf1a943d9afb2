import { z } from 'zod'
import { type OverageRate, readRate } from '../core/billing/overage-rate.ts'
import { decimalSchema } from './decimal.ts'

const unitPriceSchema = decimalSchema({ max: '1000000', decimals: 12 })
const amountSchema = decimalSchema({ max: '10000000', decimals: 12 })
/** Whole units only, so that they suit a meter of any scale. */
const quantitySchema = decimalSchema({ max: '1000000000000', decimals: 0 })
const MOST_TIERS = 100

const bounds = {
  minimum: amountSchema.optional().describe('the least charge of a window, with or without use'),
  maximum: amountSchema.optional().describe('the highest charge of a window'),
}

const tierSchema = z.strictObject({
  upTo: quantitySchema
    .nullable()
    .describe("the last unit of the tier, counted past the limit's maximum; null: unlimited"),
  unitPrice: unitPriceSchema,
  flatFee: amountSchema.optional().describe('charged once, when the tier is reached'),
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

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** The fault of the union member that the input resembles. */
const faultOfUnion = ({
  input,
  errors,
}: {
  readonly input?: unknown
  readonly errors?: unknown
}) => {
  const [ofPrice = [], ofStructure = []] = (errors ?? []) as readonly (readonly Issue[])[]
  const isStructured = typeof input === 'object' && input !== null
  const [fault] = isStructured ? ofStructure : ofPrice
  if (!fault) return 'must be a price, such as "0.001", or {"model": …}'
  return fault.path.length === 0 ? fault.message : `${fault.path.join('.')}: ${fault.message}`
}

/**
 * The price of use past an `overage` limit, in US dollars: per unit, or by tiers or packages, with
 * bounds.
 */
export const overageRateSchema: z.ZodType<OverageRate, unknown> = z
  .union([unitPriceSchema, structuredSchema], { error: faultOfUnion })
  .superRefine((rate, ctx) => {
    const fault = readRate(rate)
    if (fault) ctx.addIssue({ code: 'custom', message: fault })
  })
