import type { Clock } from '../engine/clock.ts'

/** A clock that stands still until it is turned. */
export interface TestClock extends Clock {
  /** Turns it on and runs, in order, what was due by then. */
  advance(byMs: number): Promise<void>
  set(to: string | Date): Promise<void>
}

export const testClock = (start: string | Date): TestClock => {
  let nowMs = new Date(start).getTime()
  const timers = new Set<{ atMs: number; call: () => void }>()
  const turnTo = async (targetMs: number) => {
    for (;;) {
      const due = [...timers].filter((timer) => timer.atMs <= targetMs)
      const next = due.reduce<(typeof due)[0] | undefined>(
        (first, timer) => (first && first.atMs <= timer.atMs ? first : timer),
        undefined,
      )
      if (!next) break
      timers.delete(next)
      nowMs = Math.max(nowMs, next.atMs)
      next.call()
      await Promise.resolve()
    }
    nowMs = targetMs
  }
  return {
    now: () => new Date(nowMs),
    after: (delayMs, call) => {
      const timer = { atMs: nowMs + delayMs, call }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance: (byMs) => turnTo(nowMs + byMs),
    set: (to) => turnTo(new Date(to).getTime()),
  }
}
