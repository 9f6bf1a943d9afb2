import { STRIPE_LIMITS } from './limits.ts'

/**
 * An amount in Stripe's form. Its minor units do not always equal those of ISO 4217; for dollars
 * they do. Throws a `RangeError` for an amount that Stripe would always refuse.
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

/**
 * Splits an amount into as few parts as Stripe accepts, always the same ones. Their sum is the
 * amount.
 */
export const partsOfAmount = (minorUnits: bigint): readonly bigint[] => {
  const most = minorUnits < 0n ? -STRIPE_LIMITS.mostMinorUnits : STRIPE_LIMITS.mostMinorUnits
  const whole = Array.from({ length: Number(minorUnits / most) }, () => most)
  const rest = minorUnits % most
  return rest === 0n && whole.length > 0 ? whole : [...whole, rest]
}
