import { formatUnits, PICO_USD_SCALE } from '../amounts.ts'
import { type Fraction, roundFraction } from './fraction.ts'

/** Formats US dollars as decimal text, rounded to twelve decimals if they have more. */
export const usdOf = (amount: Fraction): string =>
  formatUnits(roundFraction(amount, PICO_USD_SCALE), PICO_USD_SCALE)
