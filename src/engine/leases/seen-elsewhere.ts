import type { SeenLimit } from '../../core/decision.ts'
import type { Slot } from './account.ts'

/** What a call needs of a counter that Redis owns. */
export interface Touched {
  readonly slot: Slot
  readonly units: number
}

/** A limit as Redis says that it stands before the call. */
export const seenElsewhere = (
  { slot: { limit, ref, counter }, units }: Touched,
  level: number,
  atMs: number,
): SeenLimit => {
  const { row } = limit
  const ceiling = counter.rule.kind === 'rate' ? counter.rule.burst : counter.rule.max
  return {
    meter: row.meter,
    window: row.window_name,
    per: row.per,
    subject: ref.subject,
    startMs: ref.startMs === 0 ? atMs : ref.startMs,
    max: row.max ?? undefined,
    behavior: row.behavior,
    burst: row.burst ?? undefined,
    cap: row.cap ?? undefined,
    before: BigInt(level),
    asked: BigInt(units),
    refused: level + units > ceiling,
  }
}

/** The same of one that refused, with when it would let the call through. */
export const refusedElsewhere = (
  touched: Touched,
  { level, retryAfterMs }: { level: number; retryAfterMs: number | undefined },
  atMs: number,
): SeenLimit => ({
  ...seenElsewhere(touched, level, atMs),
  refused: true,
  leaked: leakedBy(touched, level, retryAfterMs),
})

/** What has leaked of a rate's last unit follows from how long it still takes. */
const leakedBy = (
  { slot: { counter }, units }: Touched,
  level: number,
  retryAfterMs: number | undefined,
): bigint | undefined => {
  const { rule } = counter
  if (rule.kind !== 'rate' || retryAfterMs === undefined) return undefined
  const tooMuch = BigInt(level + units - rule.burst) * BigInt(rule.windowMs)
  return tooMuch - BigInt(retryAfterMs) * BigInt(rule.max)
}

/** What the database saw, with what Redis owns as Redis saw it. */
export const merged = (
  here: readonly SeenLimit[],
  elsewhere: readonly SeenLimit[],
): readonly SeenLimit[] =>
  here.map((limit) => elsewhere.find((other) => isSame(limit, other)) ?? limit)

const isSame = (one: SeenLimit, other: SeenLimit): boolean =>
  one.meter === other.meter && one.window === other.window && one.per === other.per
