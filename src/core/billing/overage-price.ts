import { compare, type Decimal, toUnits } from '../amounts.ts'
import { parsePrice } from './fraction.ts'

/**
 * The price of use past an included amount. Prices are decimal text in the plan's currency, per
 * whole unit of the meter. Amounts of use are whole numbers of its smallest unit.
 */

/** One price tier: up to and including the `upTo`-th unit past the included amount. */
export interface PriceTier {
  /** In whole units of the meter, as decimal text; null in the last tier, which is open-ended. */
  readonly upTo: string | null
  readonly unitPrice: string
  /** Charged once, when the tier is reached. */
  readonly flatFee?: string | undefined
}

/**
 * `flat`: one price per unit. `graduated`: each unit at the price of its own tier. `volume`: all
 * units at the price of the last unit's tier. `package`: whole packages; one that is begun is
 * charged in full.
 */
export type OverageCharge =
  | { readonly model: 'flat'; readonly unitPrice: string }
  | { readonly model: 'graduated' | 'volume'; readonly tiers: readonly PriceTier[] }
  | { readonly model: 'package'; readonly packageSize: string; readonly packagePrice: string }

/** The charge for one limit of one plan version past its included amount. */
export interface OveragePrice {
  /** Identifies the price by plan version and limit. Equal ids mean the same price. */
  readonly id: string
  /** The number of counted decimals of the meter's unit. */
  readonly meterScale: number
  /** In the meter's smallest unit; undefined when everything is included. */
  readonly included: bigint | undefined
  /** In the meter's smallest unit. Use past it is never charged. */
  readonly cap?: bigint | undefined
  readonly charge: OverageCharge
  /** The least charge of a period in which this price is in force at the end. */
  readonly minimum?: string | undefined
  /** The most that this price charges in a period. */
  readonly maximum?: string | undefined
}

/** A tier with its bounds in the meter's smallest unit: after `from`, up to and including `to`. */
export interface ReadTier {
  readonly from: bigint
  /** Undefined: open-ended. */
  readonly to: bigint | undefined
  readonly unitPrice: Decimal
  readonly flatFee: Decimal | undefined
}

/** A price with parsed decimals. Every model except `package` has tiers. */
export interface ReadPrice {
  readonly price: OveragePrice
  readonly tiers: readonly ReadTier[]
  readonly isVolume: boolean
  readonly pack: { readonly size: bigint; readonly price: Decimal } | undefined
  readonly minimum: Decimal | undefined
  readonly maximum: Decimal | undefined
}

/**
 * Parses the decimals of a price. Throws a `RangeError` for negative amounts, tiers that do not
 * ascend or do not end, and empty packages.
 */
export const readOveragePrice = (price: OveragePrice): ReadPrice => {
  const { charge, meterScale } = price
  const packed = charge.model === 'package'
  const pack = packed
    ? {
        size: wholeUnits(charge.packageSize, meterScale, 'the size of a package'),
        price: parsePrice(charge.packagePrice, 'the price of a package'),
      }
    : undefined
  if (pack?.size === 0n) throw new RangeError('the size of a package must be above zero')
  const minimum = optionalPrice(price.minimum, 'a minimum')
  const maximum = optionalPrice(price.maximum, 'a maximum')
  if (minimum && maximum && compare(minimum, maximum) > 0) {
    throw new RangeError('a minimum must not be above the maximum')
  }
  return {
    price,
    tiers: packed ? [] : readTiers(tiersOf(charge), meterScale),
    isVolume: charge.model === 'volume',
    pack,
    minimum,
    maximum,
  }
}

const tiersOf = (charge: Exclude<OverageCharge, { model: 'package' }>): readonly PriceTier[] =>
  charge.model === 'flat' ? [{ upTo: null, unitPrice: charge.unitPrice }] : charge.tiers

const readTiers = (tiers: readonly PriceTier[], meterScale: number): ReadTier[] => {
  const read: ReadTier[] = []
  let from = 0n
  for (const [i, tier] of tiers.entries()) {
    const isLast = i === tiers.length - 1
    if (isLast !== (tier.upTo === null)) throw new RangeError('only the last tier has no end')
    const to =
      tier.upTo === null ? undefined : wholeUnits(tier.upTo, meterScale, 'the end of a tier')
    if (to !== undefined && to <= from) throw new RangeError('tiers must ascend')
    const unitPrice = parsePrice(tier.unitPrice, 'the price of a tier')
    read.push({ from, to, unitPrice, flatFee: optionalPrice(tier.flatFee, 'the fee of a tier') })
    from = to ?? from
  }
  if (read.length === 0) throw new RangeError('a price needs at least one tier')
  return read
}

const optionalPrice = (text: string | undefined, what: string): Decimal | undefined =>
  text === undefined ? undefined : parsePrice(text, what)

/**
 * Parses an amount in the meter's smallest unit. Throws a `RangeError` when it has more decimals
 * than the meter.
 */
const wholeUnits = (text: string, meterScale: number, what: string): bigint => {
  const amount = parsePrice(text, what)
  if (amount.scale > meterScale) {
    throw new RangeError(`${what} has more decimals than the meter counts`)
  }
  return toUnits(amount, meterScale)
}
