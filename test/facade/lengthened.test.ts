import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunHold } from '../../src/contract/hold.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { lengthened } from '../../src/facade/lengthened.ts'
import type { Timers } from '../../src/facade/timers.ts'
import { createTestTollgate, type TestClock, testClock } from '../../src/testing/index.ts'

const LIFE_MS = 60_000

let tollgate: TollgateEngine
let clock: TestClock
beforeAll(async () => {
  ;({ tollgate, clock } = await createTestTollgate({ catalogs: ['rag-chatbot'] }))
})
afterAll(() => tollgate.close())

const callOf = async (organizationId: string) => {
  await tollgate.organizations.create({
    id: organizationId,
    name: organizationId,
    plan: 'rag-chatbot/trial',
  })
  const call = { organizationId, eventType: 'chat_message', quantities: { tokens: 100 } }
  const tokens = async () => {
    const { limits } = await tollgate.usage.current({ organizationId })
    const limit = limits.find((one) => one.limit === 'tokens/day')
    return { used: limit?.used, held: limit?.held }
  }
  return { call: { ...call, expiresInMs: LIFE_MS }, tokens }
}

/** Advances the clock, and lets pending calls finish. */
const turn = async (hold: RunHold, byMs: number, until: (hold: RunHold) => boolean) => {
  await clock.advance(byMs)
  await expect.poll(() => until(hold), { interval: 2 }).toBe(true)
}

describe('the hold of continuing work', () => {
  it('lasts as long as the work, even beyond its first expiry', async () => {
    const { call, tokens } = await callOf('long-work')
    await tollgate.run(call, async (hold) => {
      const watched = hold.signal
      for (let half = 1; half <= 5; half += 1) {
        await clock.advance(LIFE_MS / 2)
        // Reads share one queue to the database, behind the call that prolongs the hold.
        for (let read = 0; read < 6; read += 1) await tokens()
        expect(watched.aborted).toBe(false)
        expect((await tokens()).held).toBe(100)
      }
    })
    expect(await tokens()).toEqual({ used: 100, held: 0 })
  })

  it('expires when nobody reads its stream, and stops the source', async () => {
    const { call, tokens } = await callOf('forgotten')
    let cancelled = false
    let held: RunHold | undefined
    await tollgate.run(call, async (hold) => {
      held = hold
      hold.used({ quantities: { tokens: 7 } })
      return new ReadableStream({
        cancel: () => {
          cancelled = true
        },
      })
    })
    await turn(held as RunHold, 2 * LIFE_MS, ({ signal }) => signal.aborted)
    await expect.poll(tokens, { interval: 5 }).toEqual({ used: 7, held: 0 })
    expect(cancelled).toBe(true)
  })

  it('ends at once on a signal, even if nobody reads its stream', async () => {
    const { call, tokens } = await callOf('left')
    const leaving = new AbortController()
    let cancelled: unknown
    const stream = await tollgate.run(
      call,
      async (hold) => {
        hold.used({ quantities: { tokens: 9 } })
        return new ReadableStream({
          cancel: (reason) => {
            cancelled = reason
          },
        })
      },
      { signal: leaving.signal },
    )
    leaving.abort('they left')
    await expect.poll(tokens, { interval: 5 }).toEqual({ used: 9, held: 0 })
    expect(cancelled).toBe('they left')
    await expect(stream.getReader().read()).rejects.toBe('they left')
  })
})

describe('prolonging a hold', () => {
  const timersOf = (): Timers & { readonly clock: TestClock } => {
    const clock = testClock('2026-01-15T12:00:00Z')
    return { clock, nowMs: () => clock.now().getTime(), after: clock.after }
  }

  it('happens at half of each lifetime, and stops with the hold', async () => {
    const timers = timersOf()
    const asked: number[] = []
    const extend = async () => {
      asked.push(timers.nowMs())
      return { allowed: true, expiresInMs: LIFE_MS } as never
    }
    const begunAtMs = timers.nowMs()
    const stop = lengthened({ expiresInMs: LIFE_MS, extend }, LIFE_MS, timers, () => true)
    for (let step = 0; step < 6; step += 1) {
      await timers.clock.advance(LIFE_MS / 4)
      await new Promise((resolve) => setImmediate(resolve))
    }
    stop()
    await timers.clock.advance(LIFE_MS)
    expect(asked.map((atMs) => atMs - begunAtMs)).toEqual([30_000, 60_000, 90_000])
  })

  it('is retried at half of the remaining time during an outage, until the hold expires', async () => {
    const timers = timersOf()
    const begunAtMs = timers.nowMs()
    const asked: number[] = []
    const extend = async () => {
      asked.push(timers.nowMs() - begunAtMs)
      throw new Error('the store is away')
    }
    lengthened({ expiresInMs: 16_000, extend }, 16_000, timers, () => true)
    for (let step = 0; step < 64; step += 1) {
      await timers.clock.advance(500)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(asked).toEqual([8_000, 12_000, 14_000, 15_000, 15_500])
  })
})
