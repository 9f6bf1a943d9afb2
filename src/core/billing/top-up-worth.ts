/** The money of an invoice for credits, in minor units. */
export interface TopUpMoney {
  /** The price of the credits. */
  readonly price: bigint
  readonly received: bigint
  /** The part of `received` that was returned. */
  readonly returned: bigint
  /** The part of `received` that is in dispute and not returned. */
  readonly disputed: bigint
}

/**
 * How many credits to grant for the money received: all for the full price, otherwise the same
 * share, rounded down.
 */
export const creditsPaidFor = (credits: bigint, { price, received }: TopUpMoney): bigint => {
  if (price <= 0n || received <= 0n) return 0n
  return received >= price ? credits : (credits * received) / price
}

/** How many of the granted credits remain, rounded down, and how many of those are frozen. */
export const worthOf = (
  given: bigint,
  { received, returned, disputed }: TopUpMoney,
): { readonly kept: bigint; readonly frozen: bigint } => {
  if (received <= 0n) return { kept: 0n, frozen: 0n }
  const share = (minorUnits: bigint) => (given * minorUnits) / received
  const kept = share(received - returned)
  return { kept, frozen: kept - share(received - returned - disputed) }
}
