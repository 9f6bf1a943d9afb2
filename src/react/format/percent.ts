import { UNKNOWN } from './amounts.ts'

/**
 * A percentage, cut and never rounded up: 99.96 is `99.9 %`, so that `100 %` is only what is
 * reached. More than nothing is never `0 %`.
 */
export const percent = (value: number | null | undefined, decimals: 0 | 1 = 1): string => {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN
  const step = 10 ** decimals
  // A hair, so that 0.3 × 10 is 3 and not 2.
  const cut = Math.floor(Math.abs(value) * step + 1e-9) / step
  const least = decimals === 0 ? '1' : '0.1'
  if (cut === 0) return value === 0 ? '0\u00a0%' : `${value < 0 ? '>\u2212' : '<'}${least}\u00a0%`
  return `${value < 0 ? '\u2212' : ''}${String(cut)}\u00a0%`
}

/** A share between 0 and 1 as a percentage. */
export const share = (value: number | null | undefined): string =>
  percent(value === null || value === undefined ? value : value * 100)
