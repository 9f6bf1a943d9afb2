import { STRIPE_LIMITS } from './limits.ts'

/**
 * An amount as Stripe takes it. Its minor units are not everywhere those of ISO 4217; where they are
 * is known of dollars. Throws a `RangeError` on what Stripe would refuse for ever.
 */
export const amountOf = ({
  minorUnits,
  currency,
}: {
  readonly minorUnits: bigint
  readonly currency: string
}): number => {
  if (currency !== 'USD') throw new RangeError(`charges at Stripe are in USD, not in ${currency}`)
  const { mostMinorUnits: most } = STRIPE_LIMITS
  if (minorUnits > most || minorUnits < -most) {
    throw new RangeError(`Stripe takes at most ${most} at once, not ${minorUnits}`)
  }
  return Number(minorUnits)
}

/** An amount in as few parts as Stripe takes, the same each time; they add up to it. */
export const partsOfAmount = (minorUnits: bigint): readonly bigint[] => {
  const most = minorUnits < 0n ? -STRIPE_LIMITS.mostMinorUnits : STRIPE_LIMITS.mostMinorUnits
  const whole = Array.from({ length: Number(minorUnits / most) }, () => most)
  const rest = minorUnits % most
  return rest === 0n && whole.length > 0 ? whole : [...whole, rest]
}
