import { systemClock } from '../../../src/engine/clock.ts'
import { AuthorityUnavailable } from '../../../src/engine/counters/authority/authority-unavailable.ts'
import type { TestClock } from '../../../src/testing/test-clock.ts'

/** Time-outs use the real clock; the breaker's pause uses a manual clock. */
export const pausesByHand = ({ now }: TestClock) => ({ now, after: systemClock.after })

/** Retries past the breaker's pause, until Redis answers. */
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

/** Resolves when the condition holds; otherwise the test's own time-out ends it. */
export const untilEqual = async (
  read: () => Promise<number> | number,
  wanted: number,
): Promise<void> => {
  while ((await read()) !== wanted) await nextTurn()
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
