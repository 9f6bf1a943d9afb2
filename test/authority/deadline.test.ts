import { describe, expect, it } from 'vitest'
import { AuthorityUnavailable } from '../../src/engine/counters/authority/authority-unavailable.ts'
import { withDeadline } from '../../src/engine/counters/authority/deadline.ts'
import { testClock } from '../../src/testing/test-clock.ts'

const START = '2026-01-01T00:00:00Z'

describe('a deadline', () => {
  it('returns a result or an error that arrives in time', async () => {
    const clock = testClock(START)
    expect(await withDeadline(Promise.resolve(7), 50, clock)).toBe(7)
    await expect(withDeadline(Promise.reject(new Error('no')), 50, clock)).rejects.toThrow('no')
  })

  it('stops the wait exactly when it passes', async () => {
    const clock = testClock(START)
    let outcome: unknown = 'waiting'
    const waiting = withDeadline(new Promise(() => undefined), 50, clock).catch((error) => {
      outcome = error
    })
    await clock.advance(49)
    expect(outcome).toBe('waiting')
    await clock.advance(1)
    await waiting
    expect(outcome).toBeInstanceOf(AuthorityUnavailable)
  })

  it('leaves no timer running', async () => {
    let timers = 0
    const clock = {
      after: () => {
        timers += 1
        return () => {
          timers -= 1
        }
      },
    }
    await withDeadline(Promise.resolve(), 50, clock)
    await expect(withDeadline(Promise.reject(new Error('no')), 50, clock)).rejects.toThrow('no')
    expect(timers).toBe(0)
  })
})
