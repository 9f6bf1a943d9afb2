import type { SeenLimit } from '../../core/decision.ts'
import { leakedOfLast } from '../../core/leaky-bucket.ts'
import type { Need } from './needs.ts'
import { seenSlot } from './seen-limit.ts'

/** A limit at its level in Redis before the call. */
export const seenElsewhere = (need: Need, level: number, atMs: number): SeenLimit => {
  const { rule } = need.slot.counter
  const ceiling = rule.kind === 'rate' ? rule.burst : rule.max
  return { ...seenSlot(need, level, atMs), refused: level + need.units > ceiling }
}

/** A limit of Redis that refused, with the time when it would admit the call. */
export const refusedElsewhere = (
  need: Need,
  { level, retryAfterMs }: { level: number; retryAfterMs: number | undefined },
  atMs: number,
): SeenLimit => ({
  ...seenElsewhere(need, level, atMs),
  refused: true,
  leaked: leakedBy(need, level, retryAfterMs),
})

/** Redis reports the wait of a rate. The leaked part of its last unit follows from that. */
const leakedBy = (
  { slot: { counter }, units }: Need,
  level: number,
  retryAfterMs: number | undefined,
): bigint | undefined => {
  const { rule } = counter
  if (rule.kind !== 'rate' || retryAfterMs === undefined) return undefined
  return leakedOfLast(BigInt(level + units - rule.burst), BigInt(rule.max), retryAfterMs)
}

/**
 * The limits of a decision: those of Redis as Redis saw them, and the others as the database saw
 * them.
 */
export const merged = (
  here: readonly SeenLimit[],
  elsewhere: readonly SeenLimit[],
): readonly SeenLimit[] =>
  here.map((limit) => elsewhere.find((other) => isSame(limit, other)) ?? limit)

const isSame = (one: SeenLimit, other: SeenLimit): boolean =>
  one.meter === other.meter && one.window === other.window && one.per === other.per
