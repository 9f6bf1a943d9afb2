import { RATE_WINDOW_MS } from './limit-kind.ts'

/**
 * The one description of a rate: a leaky bucket in whole numbers (the generic cell rate algorithm,
 * ITU-T I.371). One unit adds a minute's worth of unit-milliseconds, and `perMinute` of them leak
 * out each millisecond. A unit fits while the level stays within `burst`. SQL (`rate_debt` in
 * `020_limits_in_force.sql`) and Lua (`counters.lua`, `take.lua`) compute the same when they take.
 * `test/authority` compares both with this file.
 */
export interface LeakyRate {
  readonly perMinute: number
  /** The most units at once. They refill at `perMinute`. */
  readonly burst: number
}

/** What was added and has not leaked out at a moment, in unit-milliseconds. */
export interface BucketLevel {
  readonly debt: number
  readonly atMs: number
}

/** The level at a later moment. If the clock went back, nothing leaks. */
const leaked = (level: BucketLevel | undefined, rate: LeakyRate, nowMs: number): number => {
  if (!level) return 0
  return Math.max(0, level.debt - rate.perMinute * Math.max(0, nowMs - level.atMs))
}

const WINDOW_MS = BigInt(RATE_WINDOW_MS)

/**
 * The milliseconds until some units have leaked out, rounded up. `leaked` is the part of the last
 * unit that has leaked already, in unit-milliseconds.
 */
export const leakMs = (units: bigint, perMinute: bigint, leaked = 0n): number =>
  Number((units * WINDOW_MS - leaked + perMinute - 1n) / perMinute)

/** The part of the last unit that has leaked, given the time that the units still need. */
export const leakedOfLast = (units: bigint, perMinute: bigint, waitMs: number): bigint =>
  units * WINDOW_MS - BigInt(waitMs) * perMinute

/** Milliseconds until one more unit fits; 0 when it fits now. */
export const waitMs = (level: BucketLevel | undefined, rate: LeakyRate, nowMs: number): number => {
  const excess = leaked(level, rate, nowMs) - (rate.burst - 1) * RATE_WINDOW_MS
  return excess <= 0 ? 0 : Math.ceil(excess / rate.perMinute)
}

/** Adds one unit if it fits. Otherwise only applies the leak. */
export const pourOne = (
  level: BucketLevel | undefined,
  rate: LeakyRate,
  nowMs: number,
): { readonly fits: boolean; readonly level: BucketLevel } => {
  const fits = waitMs(level, rate, nowMs) === 0
  const debt = leaked(level, rate, nowMs) + (fits ? RATE_WINDOW_MS : 0)
  // The time of the level never goes back. Otherwise the same time would leak twice.
  return { fits, level: { debt, atMs: Math.max(nowMs, level?.atMs ?? nowMs) } }
}
