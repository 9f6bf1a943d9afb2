import { add, compare, type Decimal, formatDecimal, formatUnits, multiply } from '../amounts.ts'
import { fraction, fractionOf, multiplyFractions, roundFraction } from './fraction.ts'
import {
  type OveragePrice,
  type ReadPrice,
  type ReadTier,
  readOveragePrice,
} from './overage-price.ts'

/**
 * Rates the use of one limit over a period. Amounts are exact decimals in the plan's currency,
 * never rounded here. The steps show the whole calculation.
 */

/** One step of the calculation. The amounts of the steps add up to the amount of the rating. */
interface RatingStep {
  /**
   * `included`, `past_cap`: free use, within the included amount or past the cap. `units`,
   * `package`: quantity × price. `fee`: the flat fee of a tier. `maximum`, `minimum`: what was
   * subtracted or added to respect the bound.
   */
  readonly kind: 'included' | 'units' | 'package' | 'fee' | 'past_cap' | 'maximum' | 'minimum'
  readonly priceId: string
  /** Decimal text, in the meter's unit or in packages; absent for the last four kinds. */
  readonly quantity?: string | undefined
  /** Decimal text, per unit of quantity; for the last four kinds, the fee or the bound. */
  readonly price?: string | undefined
  readonly amount: Decimal
}

/** The cost of a period's use past one limit. */
export interface Rating {
  /** The charged use past the included amount, in the meter's smallest unit. */
  readonly overageUnits: bigint
  readonly amount: Decimal
  readonly steps: readonly RatingStep[]
}

/** Use under one price, in the meter's smallest unit. */
export interface RatedUse {
  readonly price: OveragePrice
  readonly usedUnits: bigint
}

/** The paid part of a period. The minimum is reduced to this share. */
export interface PaidPart {
  /** The price in force at the end; undefined when nothing is charged then. */
  readonly price: OveragePrice | undefined
  readonly seconds: bigint
  readonly ofSeconds: bigint
}

/** Computes what a period's use costs under one price. */
export const rateOverage = (price: OveragePrice, usedUnits: bigint): Rating =>
  ratePeriod([{ price, usedUnits }])

/**
 * Computes what a period's use costs when prices change. Uses are in time order, each under the
 * price in force.
 * Counting continues across a price change, as in the gate's counter: the first unit under the
 * second price follows the last unit under the first. Each unit is charged once. Splitting use
 * under one price changes nothing.
 *
 * A price charges its one-time amounts (a tier's fee, a package that was begun, its maximum) once
 * in the period, even if other prices were in force in between. The minimum is that of the price in
 * force at the end, with or without use. If only part of the period is paid for, the minimum is
 * reduced to the same share, by seconds and to twelve decimals. A period that is paused throughout
 * has no minimum.
 */
export const ratePeriod = (uses: readonly RatedUse[], paid?: PaidPart): Rating => {
  const steps: RatingStep[] = []
  const tallies = new Map<string, PriceTally>()
  let overageUnits = 0n
  let position = 0n
  for (const { price, usedUnits } of mergedUses(uses)) {
    const tally = tallies.get(price.id) ?? { charged: NOTHING, units: 0n, feesOfTiers: new Set() }
    const part = rateStretch({
      read: readOveragePrice(price),
      from: position,
      to: position + usedUnits,
      tally,
    })
    tallies.set(price.id, tally)
    steps.push(...part.steps)
    overageUnits += part.overageUnits
    position += usedUnits
  }
  const last = paid ? paid.price : uses.at(-1)?.price
  if (last) steps.push(...minimumStep(readOveragePrice(last), paid, sumOf(steps)))
  return { overageUnits, amount: sumOf(steps), steps }
}

const NOTHING: Decimal = { units: 0n, scale: 0 }

/** Drops empty uses and merges neighbours with the same price. */
const mergedUses = (uses: readonly RatedUse[]): RatedUse[] => {
  const merged: RatedUse[] = []
  for (const use of uses) {
    if (use.usedUnits < 0n) throw new RangeError('the use of a period cannot be below zero')
    if (use.usedUnits === 0n) continue
    const last = merged.at(-1)
    if (last?.price.id === use.price.id) {
      merged[merged.length - 1] = { ...last, usedUnits: last.usedUnits + use.usedUnits }
    } else {
      merged.push(use)
    }
  }
  return merged
}

/** What one price has charged so far in the period. */
interface PriceTally {
  charged: Decimal
  units: bigint
  readonly feesOfTiers: Set<bigint>
}

/** The units after `from`, up to and including `to`, both counted from the period's start. */
interface PricedStretch {
  readonly read: ReadPrice
  readonly from: bigint
  readonly to: bigint
  /** The charges under this price so far. Updated by the functions below. */
  readonly tally: PriceTally
}

const rateStretch = ({ read, from, to, tally }: PricedStretch) => {
  const { id, meterScale, included, cap } = read.price
  const capped = (position: bigint) => (cap !== undefined && position > cap ? cap : position)
  const past = (position: bigint) =>
    included === undefined || position <= included ? 0n : position - included
  const [start, end] = [past(capped(from)), past(capped(to))]
  const overageUnits = end - start
  const pastCap = to - capped(to) - (from - capped(from))
  const freeStep = (kind: 'included' | 'past_cap', units: bigint): RatingStep[] =>
    units === 0n
      ? []
      : [{ kind, priceId: id, quantity: formatUnits(units, meterScale), amount: NOTHING }]

  const charge = read.pack ? packageSteps : read.isVolume ? volumeSteps : graduatedSteps
  const charged = overageUnits === 0n ? [] : charge(read, tally, start, end)
  const bound = maximumStep(read, tally.charged, sumOf(charged))
  tally.charged = add(tally.charged, sumOf([...charged, ...bound]))
  tally.units += overageUnits
  const steps = [
    ...freeStep('included', to - from - overageUnits - pastCap),
    ...charged,
    ...bound,
    ...freeStep('past_cap', pastCap),
  ]
  return { overageUnits, steps }
}

/**
 * Returns the steps of the units past the included amount, after `start` and up to `end` inclusive.
 */
type ChargeSteps = (read: ReadPrice, tally: PriceTally, start: bigint, end: bigint) => RatingStep[]

const graduatedSteps: ChargeSteps = (read, tally, start, end) =>
  read.tiers.flatMap((tier) => {
    const from = laterOf(tier.from, start)
    const to = tier.to !== undefined && tier.to < end ? tier.to : end
    return to <= from ? [] : [unitStep(read, tier, to - from), ...feeStep(read, tally, tier)]
  })

const laterOf = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** All units are charged at the tier that the period's use has reached at the end of the range. */
const volumeSteps: ChargeSteps = (read, tally, start, end) =>
  read.tiers
    .filter(({ from, to }) => from < end && (to === undefined || end <= to))
    .flatMap((tier) => [unitStep(read, tier, end - start), ...feeStep(read, tally, tier)])

/**
 * Counts packages under each price separately, so that a package that was begun is charged once.
 */
const packageSteps: ChargeSteps = ({ price, pack }, tally, start, end) => {
  if (!pack) return []
  const begun = (units: bigint) => (units + pack.size - 1n) / pack.size
  const packages = begun(tally.units + end - start) - begun(tally.units)
  const amount = multiply(pack.price, { units: packages, scale: 0 })
  const quantity = packages.toString()
  return [
    { kind: 'package', priceId: price.id, quantity, price: formatDecimal(pack.price), amount },
  ]
}

const unitStep = ({ price }: ReadPrice, tier: ReadTier, units: bigint): RatingStep => ({
  kind: 'units',
  priceId: price.id,
  quantity: formatUnits(units, price.meterScale),
  price: formatDecimal(tier.unitPrice),
  amount: multiply(tier.unitPrice, { units, scale: price.meterScale }),
})

const feeStep = ({ price }: ReadPrice, tally: PriceTally, tier: ReadTier): RatingStep[] => {
  const { from, flatFee } = tier
  if (flatFee === undefined || flatFee.units === 0n || tally.feesOfTiers.has(from)) return []
  tally.feesOfTiers.add(from)
  return [{ kind: 'fee', priceId: price.id, price: formatDecimal(flatFee), amount: flatFee }]
}

const maximumStep = (
  { price, maximum }: ReadPrice,
  chargedBefore: Decimal,
  amount: Decimal,
): RatingStep[] => {
  if (!maximum) return []
  const over = subtract(add(chargedBefore, amount), maximum)
  if (over.units <= 0n) return []
  return [boundStep('maximum', price.id, maximum, { units: -over.units, scale: over.scale })]
}

const minimumStep = (
  { price, minimum }: ReadPrice,
  paid: PaidPart | undefined,
  amount: Decimal,
): RatingStep[] => {
  if (!minimum) return []
  const least = paid ? partOf(minimum, paid) : minimum
  return compare(amount, least) < 0
    ? [boundStep('minimum', price.id, least, subtract(least, amount))]
    : []
}

/** The most decimals of a price. */
const PRICE_SCALE = 12

const partOf = (minimum: Decimal, { seconds, ofSeconds }: PaidPart): Decimal => {
  if (seconds >= ofSeconds) return minimum
  const part = multiplyFractions(fractionOf(minimum), fraction(seconds, ofSeconds))
  return { units: roundFraction(part, PRICE_SCALE), scale: PRICE_SCALE }
}

const boundStep = (
  kind: 'maximum' | 'minimum',
  priceId: string,
  bound: Decimal,
  amount: Decimal,
): RatingStep => ({ kind, priceId, price: formatDecimal(bound), amount })

const sumOf = (steps: readonly RatingStep[]): Decimal =>
  steps.reduce((sum, step) => add(sum, step.amount), NOTHING)

const subtract = (a: Decimal, b: Decimal): Decimal => add(a, { units: -b.units, scale: b.scale })
