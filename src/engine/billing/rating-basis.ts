import { z } from 'zod'
import type { OveragePrice } from '../../core/billing/overage-price.ts'
import { AGGREGATIONS, LIMIT_WINDOWS } from '../../core/catalog-words.ts'
import type { OverageLine } from '../insight/overage-line.ts'

/**
 * What a limit was charged by and for in one window, as it is kept with the invoice: late use is
 * charged by it, whatever plans and overrides say by then. Amounts as text, since JSON has no
 * `bigint`.
 */

const unitsSchema = z.string().transform((text) => BigInt(text))

const tierSchema = z.object({
  upTo: z.string().nullable(),
  unitPrice: z.string(),
  flatFee: z.string().optional(),
})

const chargeSchema = z.discriminatedUnion('model', [
  z.object({ model: z.literal('flat'), unitPrice: z.string() }),
  z.object({ model: z.enum(['graduated', 'volume']), tiers: z.array(tierSchema) }),
  z.object({ model: z.literal('package'), packageSize: z.string(), packagePrice: z.string() }),
])

const priceSchema = z
  .object({
    id: z.string(),
    meterScale: z.int(),
    included: unitsSchema.optional(),
    cap: unitsSchema.optional(),
    charge: chargeSchema,
    minimum: z.string().optional(),
    maximum: z.string().optional(),
  })
  .transform((price) => ({ ...price, included: price.included }))

const basisSchema = z.array(
  z.object({
    meter: z.string(),
    window: z.enum(LIMIT_WINDOWS),
    aggregation: z.enum(AGGREGATIONS),
    scale: z.int(),
    startMs: z.int(),
    endMs: z.int(),
    used: unitsSchema,
    parts: z.array(z.object({ startMs: z.int(), endMs: z.int(), price: priceSchema })),
  }),
)

/** A window of a limit with the price of each part of it, in the order of time. */
export interface BasisLine {
  readonly meter: string
  readonly window: OverageLine['window']
  readonly aggregation: OverageLine['aggregation']
  readonly scale: number
  readonly startMs: number
  readonly endMs: number
  readonly used: bigint
  readonly parts: readonly {
    readonly startMs: number
    readonly endMs: number
    readonly price: OveragePrice
  }[]
}

/** As it is kept. */
export const basisText = (lines: readonly OverageLine[]): string =>
  JSON.stringify(
    lines.map(({ meter, window, aggregation, scale, startMs, endMs, used, uses, stretches }) => ({
      ...{ meter, window, aggregation, scale, startMs, endMs, used },
      parts: uses.map(({ price }, index) => ({ ...stretches[index], price })),
    })),
    (_name, value) => (typeof value === 'bigint' ? String(value) : value),
  )

export const readBasis = (basis: unknown): readonly BasisLine[] => basisSchema.parse(basis)
