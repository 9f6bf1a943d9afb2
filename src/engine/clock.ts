import type { Timers } from '../facade/timers.ts'

/** Time comes from here and nowhere else, so that a test can turn it. */
export interface Clock {
  now(): Date
  /** Calls once after `delayMs`; the returned function cancels. */
  after(delayMs: number, call: () => void): () => void
}

export const systemClock: Clock = {
  now: () => new Date(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs)
    return () => clearTimeout(timer)
  },
}

/** A clock as what holds wait by. */
export const clockTimers = (clock: Clock): Timers => ({
  nowMs: () => clock.now().getTime(),
  after: clock.after,
})
