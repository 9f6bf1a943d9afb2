import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../engine/clock.ts'

/** A clock that stands still until you turn it. */
export interface TestClock extends Clock {
  /**
   * Turns the clock forward and runs the timers that became due, in time order. Timers of the same
   * time run in the order in which they were set.
   *
   * A timer that repeats at least every minute runs only at its first and last due time. The calls
   * in between would do the same again, a million times in a year.
   */
  advance(byMs: number): Promise<void>
  /** Turns the clock forward to an instant. */
  set(to: string | Date): Promise<void>
}

interface Timer {
  readonly atMs: number
  readonly delayMs: number
  readonly call: () => void
}

/** The longest interval of timers that are skipped like this. */
const OFTEN_MS = 60_000

export const testClock = (start: string | Date): TestClock => {
  let nowMs = new Date(start).getTime()
  let targetMs = nowMs
  const timers = new Set<Timer>()
  /** The timer whose callback, or anything started by it, is running. */
  const calling = new AsyncLocalStorage<Timer>()

  const turnTo = async (toMs: number) => {
    targetMs = toMs
    for (;;) {
      const next = firstDue(timers, toMs)
      if (!next) break
      timers.delete(next)
      nowMs = Math.max(nowMs, next.atMs)
      calling.run(next, next.call)
      await Promise.resolve()
    }
    nowMs = toMs
  }

  const timeOf = (delayMs: number): number => {
    const atMs = nowMs + delayMs
    const isAgain = delayMs > 0 && calling.getStore()?.delayMs === delayMs
    if (!isAgain || delayMs > OFTEN_MS || atMs > targetMs) return atMs
    return targetMs - ((targetMs - atMs) % delayMs)
  }

  return {
    now: () => new Date(nowMs),
    after: (delayMs, call) => {
      const timer = { atMs: timeOf(delayMs), delayMs, call }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance: (byMs) => turnTo(nowMs + byMs),
    set: (to) => turnTo(new Date(to).getTime()),
  }
}

const firstDue = (timers: Iterable<Timer>, byMs: number): Timer | undefined => {
  let first: Timer | undefined
  for (const timer of timers) {
    if (timer.atMs <= byMs && (!first || timer.atMs < first.atMs)) first = timer
  }
  return first
}
