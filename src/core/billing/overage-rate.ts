import { type OverageCharge, type OveragePrice, readOveragePrice } from './overage-price.ts'

/** What a plan asks for use past a limit: for each whole unit, or by tiers or packages. */
export type OverageRate =
  | string
  | (OverageCharge & {
      readonly minimum?: string | undefined
      readonly maximum?: string | undefined
    })

/** How use is charged by a rate; without one it costs nothing. */
export const chargedBy = (
  rate: OverageRate | undefined,
): Pick<OveragePrice, 'charge' | 'minimum' | 'maximum'> => {
  if (rate === undefined || typeof rate === 'string') {
    return { charge: { model: 'flat', unitPrice: rate ?? '0' } }
  }
  const { minimum, maximum, ...charge } = rate
  return { charge, minimum, maximum }
}

/** Why nothing can be charged by a rate; undefined: it is good. */
export const readRate = (rate: OverageRate): string | undefined => {
  try {
    readOveragePrice({ id: '', meterScale: 0, included: 0n, ...chargedBy(rate) })
    return undefined
  } catch (error) {
    return error instanceof RangeError ? error.message : String(error)
  }
}
