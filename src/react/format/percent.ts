import { UNKNOWN } from './amounts.ts'

/**
 * A percentage, truncated: 99.96 is `99.9 %`, so `100 %` means that the limit is reached. A
 * positive value is never `0 %`.
 */
export const percent = (value: number | null | undefined, decimals: 0 | 1 = 1): string => {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN
  const step = 10 ** decimals
  // A small epsilon, because 0.3 × 10 is slightly below 3 in floating point.
  const cut = Math.floor(Math.abs(value) * step + 1e-9) / step
  const least = decimals === 0 ? '1' : '0.1'
  if (cut === 0) return value === 0 ? '0\u00a0%' : `${value < 0 ? '>\u2212' : '<'}${least}\u00a0%`
  return `${value < 0 ? '\u2212' : ''}${String(cut)}\u00a0%`
}

/** Formats a share between 0 and 1 as a percentage. */
export const share = (value: number | null | undefined): string =>
  percent(value === null || value === undefined ? value : value * 100)
