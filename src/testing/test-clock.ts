import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../engine/clock.ts'

/** A clock that stands still until it is turned. */
export interface TestClock extends Clock {
  /**
   * Turns it on and runs what was due by then: each timer at its own time, in the order of their
   * times, and of one time in the order in which they were set.
   *
   * What is called every minute or more often, by a timer that sets itself again for as long as
   * before, is called at the first of its times and at the last, as on a machine that slept in
   * between: what is in between would do the same again, a million times where a year goes by.
   */
  advance(byMs: number): Promise<void>
  /** The same, to an instant. */
  set(to: string | Date): Promise<void>
}

interface Timer {
  readonly atMs: number
  readonly delayMs: number
  readonly call: () => void
}

/** The longest that counts as often. */
const OFTEN_MS = 60_000

export const testClock = (start: string | Date): TestClock => {
  let nowMs = new Date(start).getTime()
  let targetMs = nowMs
  const timers = new Set<Timer>()
  /** Whose call, or what follows from it, is running. */
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
