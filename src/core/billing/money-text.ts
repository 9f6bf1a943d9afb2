import type { Currency } from './currencies.ts'

/** Formats an amount of money with all decimals of its currency: `5.00`, `-0.50`, `500`. */
export const moneyText = (minorUnits: bigint, { exponent }: Currency): string => {
  const sign = minorUnits < 0n ? '-' : ''
  const digits = (minorUnits < 0n ? -minorUnits : minorUnits).toString().padStart(exponent + 1, '0')
  const whole = digits.slice(0, digits.length - exponent)
  return exponent === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-exponent)}`
}
