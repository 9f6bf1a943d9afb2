import type { Timers } from '../facade/timers.ts'

/** The only source of time, so that a test can set it. */
export interface Clock {
  now(): Date
  /** Calls once after `delayMs`. The returned function cancels it. */
  after(delayMs: number, call: () => void): () => void
}

export const systemClock: Clock = {
  now: () => new Date(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs)
    return () => clearTimeout(timer)
  },
}

/** The timers of holds, over a clock. */
export const clockTimers = (clock: Clock): Timers => ({
  nowMs: () => clock.now().getTime(),
  after: clock.after,
})
