import { formatUnits, PICO_USD_SCALE } from '../amounts.ts'
import { type Fraction, roundFraction } from './fraction.ts'

/** Dollars as decimal text: exact where twelve decimals hold them, else rounded to those. */
export const usdOf = (amount: Fraction): string =>
  formatUnits(roundFraction(amount, PICO_USD_SCALE), PICO_USD_SCALE)
