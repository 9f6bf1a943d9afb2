import { systemClock } from '../../../src/engine/clock.ts'
import { AuthorityUnavailable } from '../../../src/engine/counters/authority/authority-unavailable.ts'
import type { TestClock } from '../../../src/testing/test-clock.ts'

/** Time-outs run by the real clock; how long the breaker pauses is turned by hand. */
export const pausesByHand = ({ now }: TestClock) => ({ now, after: systemClock.after })

/** Tries again, past the breaker's pause, until Redis could be asked. */
export const untilAnswered = async <T>(hand: TestClock, work: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof AuthorityUnavailable)) throw error
      await hand.advance(10_000)
      await nextTurn()
    }
  }
}

/** Resolves when it becomes so; the test's own time-out ends it otherwise. */
export const untilEqual = async (
  read: () => Promise<number> | number,
  wanted: number,
): Promise<void> => {
  while ((await read()) !== wanted) await nextTurn()
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
