import { RATE_WINDOW_MS } from './limit-kind.ts'

/**
 * A rate as a leaky bucket in whole numbers (the generic cell rate algorithm, ITU-T I.371), by the
 * rule of the gate's own rates: a unit pours in a minute's worth of unit-milliseconds, `perMinute`
 * of them leak out each millisecond, and a unit fits while the level stays within `burst`.
 */
export interface LeakyRate {
  readonly perMinute: number
  /** How much at once; what `perMinute` refills. */
  readonly burst: number
}

/** What has been poured in and has not leaked out, in unit-milliseconds, at a moment. */
export interface BucketLevel {
  readonly debt: number
  readonly atMs: number
}

/** The level at a later moment; a clock that went back leaks nothing. */
const leaked = (level: BucketLevel | undefined, rate: LeakyRate, nowMs: number): number => {
  if (!level) return 0
  return Math.max(0, level.debt - rate.perMinute * Math.max(0, nowMs - level.atMs))
}

/** How long until one more unit fits, in milliseconds; 0 when it does now. */
export const waitMs = (level: BucketLevel | undefined, rate: LeakyRate, nowMs: number): number => {
  const excess = leaked(level, rate, nowMs) - (rate.burst - 1) * RATE_WINDOW_MS
  return excess <= 0 ? 0 : Math.ceil(excess / rate.perMinute)
}

/** The level with one more unit in it; unchanged but for what leaked when it does not fit. */
export const pourOne = (
  level: BucketLevel | undefined,
  rate: LeakyRate,
  nowMs: number,
): { readonly fits: boolean; readonly level: BucketLevel } => {
  const fits = waitMs(level, rate, nowMs) === 0
  const debt = leaked(level, rate, nowMs) + (fits ? RATE_WINDOW_MS : 0)
  // Time does not go back with the clock: what leaked out once would leak out again.
  return { fits, level: { debt, atMs: Math.max(nowMs, level?.atMs ?? nowMs) } }
}
