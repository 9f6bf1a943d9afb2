import {
  add,
  type Decimal,
  exactDecimal,
  formatDecimal,
  formatUnits,
  MICRO_CREDIT_SCALE,
  type MicroCredits,
  multiply,
  parseDecimal,
  toUnits,
} from './amounts.ts'
import type { Fault } from './fault.ts'

/** The highest price of one call. A higher one is a mistake in the call or in the catalog. */
const MAX_CALL_MICRO_CREDITS: MicroCredits = 1_000_000n * 1_000_000n

/** The largest value of a multiplier. */
export const MAX_MULTIPLIER = 1_000_000

/**
 * A property that multiplies the price, and what happens when a call lacks it. A bare name means
 * that such a call is not multiplied.
 */
export type Multiplier =
  | string
  | {
      readonly name: string
      /** True: a call without the property is refused. */
      readonly required?: true | undefined
      /** The factor for a call without the property. */
      readonly default?: number | undefined
    }

export const multiplierName = (multiplier: Multiplier): string =>
  typeof multiplier === 'string' ? multiplier : multiplier.name

/** The part of an event type that pricing needs. The catalog has validated the decimals. */
export interface PricedEventType {
  readonly baseCredits: string
  readonly multipliers: readonly Multiplier[]
  readonly bonuses: Readonly<Record<string, string>>
}

/** The steps of a price, in exact decimal text. */
interface PriceStory {
  readonly base: string
  readonly multipliers: readonly { readonly name: string; readonly value: string }[]
  readonly bonuses: readonly { readonly name: string; readonly credits: string }[]
  /** The result, rounded half up to a micro-credit. */
  readonly credits: string
}

export type CallPrice =
  | { readonly ok: true; readonly microCredits: MicroCredits; readonly story: PriceStory }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/** The named properties of a call, unvalidated. */
export type CallProperties = Readonly<Record<string, unknown>>

/** Computes the price of calls of one event type. */
export type CallPricer = (properties?: CallProperties) => CallPrice

/**
 * Computes the credits of a call: base × each declared multiplier (or its default) + the bonuses of
 * declared features that are on. Exact, and rounded once at the end, half up, to a micro-credit.
 * Absent and `undefined` properties are not present. Undeclared properties are ignored.
 */
export const priceCall = (eventType: PricedEventType, properties?: CallProperties): CallPrice =>
  compilePricing(eventType)(properties)

/** `priceCall` for many calls of one event type. It parses the event type once. */
export const compilePricing = (eventType: PricedEventType): CallPricer => {
  const base = exactDecimal(eventType.baseCredits)
  const bonuses = Object.entries(eventType.bonuses).map(([name, text]) => ({
    name,
    credits: exactDecimal(text),
  }))
  const plain = result({ total: base, base, multipliers: [], bonuses: [] })
  const multipliers = eventType.multipliers.map((one) =>
    typeof one === 'string' ? { name: one, required: false, absent: undefined } : absentee(one),
  )

  const price = (properties: CallProperties): CallPrice => {
    const faults: Fault[] = []
    const multipliersApplied: { name: string; value: Decimal }[] = []
    const bonusesApplied: { name: string; credits: Decimal }[] = []
    let total = base

    for (const { name, required, absent } of multipliers) {
      const given = ownProperty(properties, name)
      const value = given === undefined ? absent : given
      if (value === undefined) {
        if (required) faults.push({ field: `properties.${name}`, message: REQUIRED_MESSAGE })
        continue
      }
      const multiplier = readMultiplier(value)
      if (multiplier === undefined) {
        faults.push({ field: `properties.${name}`, message: MULTIPLIER_MESSAGE })
        continue
      }
      multipliersApplied.push({ name, value: multiplier })
      total = multiply(total, multiplier)
    }
    for (const bonus of bonuses) {
      const value = ownProperty(properties, bonus.name)
      if (value === undefined || value === false) continue
      if (value !== true) {
        faults.push({ field: `properties.${bonus.name}`, message: 'must be true or false' })
        continue
      }
      bonusesApplied.push(bonus)
      total = add(total, bonus.credits)
    }

    if (faults.length > 0) return { ok: false, faults }
    if (multipliersApplied.length === 0 && bonusesApplied.length === 0) return plain
    return result({ total, base, multipliers: multipliersApplied, bonuses: bonusesApplied })
  }

  const withoutProperties = price({})
  return (properties) => (properties ? price(properties) : withoutProperties)
}

const absentee = ({ name, required, default: absent }: Exclude<Multiplier, string>) => ({
  name,
  required: required === true,
  absent,
})

const REQUIRED_MESSAGE = 'is required: it multiplies the price of this event type'

const MULTIPLIER_MESSAGE =
  'must be a finite number from 0 to 1,000,000, with no more than 40 decimals'

/** Ignores inherited names such as `constructor`. */
const ownProperty = (properties: CallProperties, name: string): unknown =>
  Object.hasOwn(properties, name) ? properties[name] : undefined

const readMultiplier = (value: unknown): Decimal | undefined => {
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_MULTIPLIER)) return undefined
  return parseDecimal(value)
}

interface PricedParts {
  readonly total: Decimal
  readonly base: Decimal
  readonly multipliers: readonly { readonly name: string; readonly value: Decimal }[]
  readonly bonuses: readonly { readonly name: string; readonly credits: Decimal }[]
}

const result = (parts: PricedParts): CallPrice => {
  const microCredits = toUnits(parts.total, MICRO_CREDIT_SCALE)
  const credits = formatUnits(microCredits, MICRO_CREDIT_SCALE)
  if (microCredits > MAX_CALL_MICRO_CREDITS) {
    const message = `would cost ${credits} credits; one call may cost at most 1,000,000`
    return { ok: false, faults: [{ field: 'properties', message }] }
  }
  const story: PriceStory = {
    base: formatDecimal(parts.base),
    multipliers: parts.multipliers.map(({ name, value }) => ({
      name,
      value: formatDecimal(value),
    })),
    bonuses: parts.bonuses.map((bonus) => ({
      name: bonus.name,
      credits: formatDecimal(bonus.credits),
    })),
    credits,
  }
  return { ok: true, microCredits, story }
}
