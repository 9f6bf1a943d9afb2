import { z } from 'zod'
import type { OveragePrice } from '../../core/billing/overage-price.ts'
import type { PricedSpell } from '../../core/billing/priced-spells.ts'
import { AGGREGATIONS, LIMIT_WINDOWS } from '../../core/catalog-words.ts'
import { grouped } from '../../core/grouped.ts'
import type { OverageLine } from './overage-line.ts'

/**
 * The terms and amounts by which each limit was charged in a period, as stored with the invoice.
 * Late use is charged by them, whatever plans and overrides say later. Amounts are text, since JSON
 * has no `bigint`.
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
  .transform((price): OveragePrice => ({ ...price, included: price.included }))

const limitSchema = {
  meter: z.string(),
  window: z.enum(LIMIT_WINDOWS),
  aggregation: z.enum(AGGREGATIONS),
  scale: z.int(),
}

const basisSchema = z.array(
  z.object({
    ...limitSchema,
    spells: z.array(
      z.object({
        startMs: z.int(),
        endMs: z.int(),
        price: priceSchema,
        isFree: z.boolean(),
        isOther: z.boolean(),
      }),
    ),
    windows: z.array(z.object({ startMs: z.int(), used: unitsSchema })),
  }),
)

/** The former format: one entry for each window that had use. */
const windowsSchema = z.array(
  z.object({
    ...limitSchema,
    startMs: z.int(),
    endMs: z.int(),
    used: unitsSchema,
    parts: z.array(z.object({ startMs: z.int(), endMs: z.int(), price: priceSchema })),
  }),
)

/** A limit, its prices over the period, and the use of each window. */
export interface BasisLimit {
  readonly meter: string
  readonly window: OverageLine['window']
  readonly aggregation: OverageLine['aggregation']
  readonly scale: number
  readonly spells: readonly PricedSpell[]
  readonly windows: readonly { readonly startMs: number; readonly used: bigint }[]
}

/** The stored form. */
export const basisText = (lines: readonly OverageLine[]): string =>
  JSON.stringify(
    [...grouped(lines, limitName).values()].map((own): BasisLimit => {
      const { meter, window, aggregation, scale, spells } = own[0] as OverageLine
      const windows = own.map(({ startMs, used }) => ({ startMs, used }))
      return { meter, window, aggregation, scale, spells, windows }
    }),
    (_name, value) => (typeof value === 'bigint' ? String(value) : value),
  )

export const readBasis = (basis: unknown): readonly BasisLimit[] => {
  const read = basisSchema.safeParse(basis)
  return read.success ? read.data : limitsOfWindows(windowsSchema.parse(basis))
}

export const limitName = ({ meter, window }: Pick<BasisLimit, 'meter' | 'window'>): string =>
  `${meter}/${window}`

/** The price of a window applies until the next window in the list. */
const limitsOfWindows = (all: z.output<typeof windowsSchema>): BasisLimit[] =>
  [...grouped(all, limitName).values()].map((own) => {
    const [first] = own as [(typeof own)[number]]
    const parts = own.flatMap((line) => line.parts).sort((a, b) => a.startMs - b.startMs)
    return {
      meter: first.meter,
      window: first.window,
      aggregation: first.aggregation,
      scale: first.scale,
      spells: parts.map((part, index) => ({
        ...part,
        startMs: index === 0 ? Number.MIN_SAFE_INTEGER : part.startMs,
        endMs: parts[index + 1]?.startMs ?? Number.MAX_SAFE_INTEGER,
        isFree: false,
        isOther: false,
      })),
      windows: own.map(({ startMs, used }) => ({ startMs, used })),
    }
  })
