import { describe, expect, it } from 'vitest'
import { AuthorityUnavailable } from '../../src/engine/counters/authority/authority-unavailable.ts'
import { CircuitBreaker } from '../../src/engine/counters/authority/circuit-breaker.ts'
import { testClock } from '../../src/testing/test-clock.ts'

const fails = async (): Promise<never> => {
  throw new Error('down')
}
const works = async (): Promise<string> => 'up'

const openedBreaker = async () => {
  const clock = testClock('2026-01-01T00:00:00Z')
  const breaker = new CircuitBreaker({ clock })
  for (let i = 0; i < 5; i++) await expect(breaker.run(fails)).rejects.toThrow('down')
  return { clock, breaker }
}

describe('the circuit breaker', () => {
  it('allows all calls until enough fail in a row', async () => {
    const breaker = new CircuitBreaker({ clock: testClock('2026-01-01T00:00:00Z'), failures: 3 })
    for (const work of [fails, fails, works, fails, fails]) {
      await breaker.run(work).catch(() => undefined)
      expect(breaker.state).toBe('closed')
    }
    await expect(breaker.run(fails)).rejects.toThrow('down')
    expect(breaker.state).toBe('open')
  })

  it('fails at once while open, without a try', async () => {
    const { breaker, clock } = await openedBreaker()
    let tries = 0
    const counted = async () => {
      tries += 1
    }
    await expect(breaker.run(counted)).rejects.toThrow(AuthorityUnavailable)
    await clock.advance(999)
    await expect(breaker.run(counted)).rejects.toThrow(AuthorityUnavailable)
    expect(tries).toBe(0)
    await clock.advance(1)
    await breaker.run(counted)
    expect(tries).toBe(1)
  })

  it('allows one probe after the pause, and all calls after the probe succeeds', async () => {
    const { breaker, clock } = await openedBreaker()
    await clock.advance(1_000)
    let answer = (_: string): void => undefined
    const probe = breaker.run(
      () =>
        new Promise<string>((resolve) => {
          answer = resolve
        }),
    )
    expect(breaker.state).toBe('half-open')
    await expect(breaker.run(works)).rejects.toThrow(AuthorityUnavailable)
    answer('up')
    expect(await probe).toBe('up')
    expect(await breaker.run(works)).toBe('up')
    expect(breaker.state).toBe('closed')
  })

  it('doubles the pause after each failed probe, up to the maximum, and resets after a success', async () => {
    const { breaker, clock } = await openedBreaker()
    for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      await clock.advance(pauseMs - 1)
      await expect(breaker.run(fails)).rejects.toThrow(AuthorityUnavailable)
      await clock.advance(1)
      await expect(breaker.run(fails)).rejects.toThrow('down')
      expect(breaker.state).toBe('open')
    }
    await clock.advance(10_000)
    await breaker.run(works)
    for (let i = 0; i < 5; i++) await expect(breaker.run(fails)).rejects.toThrow('down')
    await clock.advance(1_000)
    expect(await breaker.run(works)).toBe('up')
  })

  it('follows the probe alone, and ignores calls from before it opened', async () => {
    const clock = testClock('2026-01-01T00:00:00Z')
    const breaker = new CircuitBreaker({ clock, failures: 1 })
    const ends: ((error?: Error) => void)[] = []
    const slow = () =>
      breaker.run(
        () =>
          new Promise<void>((resolve, reject) => {
            ends.push((error) => (error ? reject(error) : resolve()))
          }),
      )
    const early = [slow(), slow(), slow()]
    await expect(breaker.run(fails)).rejects.toThrow('down')
    ends[0]?.()
    await early[0]
    expect(breaker.state).toBe('open')
    await clock.advance(1_000)
    const probe = slow()
    ends[1]?.(new Error('old'))
    await expect(early[1]).rejects.toThrow('old')
    expect(breaker.state).toBe('half-open')
    ends[2]?.()
    await early[2]
    expect(breaker.state).toBe('half-open')
    ends[3]?.()
    await probe
    expect(breaker.state).toBe('closed')
  })

  it('does not stay open when the clock goes back', async () => {
    const { breaker, clock } = await openedBreaker()
    await clock.set('2025-12-31T00:00:00Z')
    expect(await breaker.run(works)).toBe('up')
  })
})
