import { add, compare, type Decimal, formatDecimal, formatUnits, multiply } from '../amounts.ts'
import { fraction, fractionOf, multiplyFractions, roundFraction } from './fraction.ts'
import {
  type OveragePrice,
  type ReadPrice,
  type ReadTier,
  readOveragePrice,
} from './overage-price.ts'

/**
 * What the use of one limit costs over a period: exactly, in decimals of the currency that are
 * rounded nowhere here, with every step that makes it up.
 */

/** A part of the arithmetic. The amounts of a rating's steps add up to its amount. */
interface RatingStep {
  /**
   * `included`, `past_cap`: use that costs nothing, within the included amount or past the cap.
   * `units`, `package`: quantity × price. `fee`: of a tier that was reached. `maximum`, `minimum`:
   * what was taken off or put on to keep to it.
   */
  readonly kind: 'included' | 'units' | 'package' | 'fee' | 'past_cap' | 'maximum' | 'minimum'
  readonly priceId: string
  /** Decimal text, in the meter's unit or in packages; of the last four kinds there is none. */
  readonly quantity?: string | undefined
  /** Decimal text, for one of the quantity; of the last four kinds what was kept to. */
  readonly price?: string | undefined
  readonly amount: Decimal
}

/** The cost of a period's use past one limit. */
export interface Rating {
  /** Past the included amount and charged, in the meter's smallest unit. */
  readonly overageUnits: bigint
  readonly amount: Decimal
  readonly steps: readonly RatingStep[]
}

/** Use under one price, in the meter's smallest unit. */
export interface RatedUse {
  readonly price: OveragePrice
  readonly usedUnits: bigint
}

/** What of a period is paid for: the minimum is for that part. */
export interface PaidPart {
  /** The price in force at its end; undefined: none charges then. */
  readonly price: OveragePrice | undefined
  readonly seconds: bigint
  readonly ofSeconds: bigint
}

/** What a period's use costs under one price. */
export const rateOverage = (price: OveragePrice, usedUnits: bigint): Rating =>
  ratePeriod([{ price, usedUnits }])

/**
 * What a period's use costs, given in the order in which it happened, each part under the price
 * then in force. Use counts on through a change of price, as the gate's counter does: the first
 * unit under the second price comes after the last one under the first. No unit is charged twice,
 * and none again at a later price. Cuts within one price change nothing.
 *
 * What a price charges once (a tier's fee, a package that was begun, its maximum) it charges once
 * in the period, also when other prices were in force between. The minimum is that of the price in
 * force at the end, used or not. Of a period that is paid for in part it is as much of it, to the
 * second and to twelve decimals; so a period in which all is paused has none.
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

/** Without the parts of no use, and with neighbours of the same price as one. */
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
  /** Brought up to date. */
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

/** The steps of the units past the included amount after `start`, up to and including `end`. */
type ChargeSteps = (read: ReadPrice, tally: PriceTally, start: bigint, end: bigint) => RatingStep[]

const graduatedSteps: ChargeSteps = (read, tally, start, end) =>
  read.tiers.flatMap((tier) => {
    const from = laterOf(tier.from, start)
    const to = tier.to !== undefined && tier.to < end ? tier.to : end
    return to <= from ? [] : [unitStep(read, tier, to - from), ...feeStep(read, tally, tier)]
  })

const laterOf = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** The tier is the one that the period's use has reached at the end of the stretch. */
const volumeSteps: ChargeSteps = (read, tally, start, end) =>
  read.tiers
    .filter(({ from, to }) => from < end && (to === undefined || end <= to))
    .flatMap((tier) => [unitStep(read, tier, end - start), ...feeStep(read, tally, tier)])

/** Packages are of the price's own units, so that one begun under it is not begun again. */
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

/** As many decimals as a price may have. */
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
