import type { SeenLimit } from '../../core/decision.ts'
import { leakedOfLast } from '../../core/leaky-bucket.ts'
import type { Need } from './needs.ts'
import { seenSlot } from './seen-limit.ts'

/** A limit as Redis says that it stands before the call. */
export const seenElsewhere = (need: Need, level: number, atMs: number): SeenLimit => {
  const { rule } = need.slot.counter
  const ceiling = rule.kind === 'rate' ? rule.burst : rule.max
  return { ...seenSlot(need, level, atMs), refused: level + need.units > ceiling }
}

/** The same of one that refused, with when it would let the call through. */
export const refusedElsewhere = (
  need: Need,
  { level, retryAfterMs }: { level: number; retryAfterMs: number | undefined },
  atMs: number,
): SeenLimit => ({
  ...seenElsewhere(need, level, atMs),
  refused: true,
  leaked: leakedBy(need, level, retryAfterMs),
})

/** Redis says how long a rate still takes, and what has leaked of its last unit follows from that. */
const leakedBy = (
  { slot: { counter }, units }: Need,
  level: number,
  retryAfterMs: number | undefined,
): bigint | undefined => {
  const { rule } = counter
  if (rule.kind !== 'rate' || retryAfterMs === undefined) return undefined
  return leakedOfLast(BigInt(level + units - rule.burst), BigInt(rule.max), retryAfterMs)
}

/** The limits as the database saw them, and those of Redis as Redis saw them. */
export const merged = (
  here: readonly SeenLimit[],
  elsewhere: readonly SeenLimit[],
): readonly SeenLimit[] =>
  here.map((limit) => elsewhere.find((other) => isSame(limit, other)) ?? limit)

const isSame = (one: SeenLimit, other: SeenLimit): boolean =>
  one.meter === other.meter && one.window === other.window && one.per === other.per
