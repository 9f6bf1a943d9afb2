/** The money of an invoice that credits were bought by, in minor units. */
export interface TopUpMoney {
  /** What the credits cost. */
  readonly price: bigint
  readonly received: bigint
  /** Of what was received. */
  readonly returned: bigint
  /** Of what was received and not returned. */
  readonly disputed: bigint
}

/** How many credits are given for what was received: all for the whole price, else the share. */
export const creditsPaidFor = (credits: bigint, { price, received }: TopUpMoney): bigint => {
  if (price <= 0n || received <= 0n) return 0n
  return received >= price ? credits : (credits * received) / price
}

/** What of the credits that were given stays, rounded down, and what of that is frozen. */
export const worthOf = (
  given: bigint,
  { received, returned, disputed }: TopUpMoney,
): { readonly kept: bigint; readonly frozen: bigint } => {
  if (received <= 0n) return { kept: 0n, frozen: 0n }
  const share = (minorUnits: bigint) => (given * minorUnits) / received
  const kept = share(received - returned)
  return { kept, frozen: kept - share(received - returned - disputed) }
}
