import { type OverageCharge, type OveragePrice, readOveragePrice } from './overage-price.ts'

/** The price of use past a limit: per whole unit, or by tiers or packages. */
export type OverageRate =
  | string
  | (OverageCharge & {
      readonly minimum?: string | undefined
      readonly maximum?: string | undefined
    })

/** Converts a rate to its charge. Without a rate, use is free. */
export const chargedBy = (
  rate: OverageRate | undefined,
): Pick<OveragePrice, 'charge' | 'minimum' | 'maximum'> => {
  if (rate === undefined || typeof rate === 'string') {
    return { charge: { model: 'flat', unitPrice: rate ?? '0' } }
  }
  const { minimum, maximum, ...charge } = rate
  return { charge, minimum, maximum }
}

/** Explains why a rate cannot be charged; undefined when it is valid. */
export const readRate = (rate: OverageRate): string | undefined => {
  try {
    readOveragePrice({ id: '', meterScale: 0, included: 0n, ...chargedBy(rate) })
    return undefined
  } catch (error) {
    return error instanceof RangeError ? error.message : String(error)
  }
}
