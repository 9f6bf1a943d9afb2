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

/** Turns the clock on, and lets what was asked for meanwhile be answered. */
const turn = async (hold: RunHold, byMs: number, until: (hold: RunHold) => boolean) => {
  await clock.advance(byMs)
  await expect.poll(() => until(hold), { interval: 2 }).toBe(true)
}

describe('a hold of work that goes on', () => {
  it('lasts as long as the work, however much longer than its first life that is', async () => {
    const { call, tokens } = await callOf('long-work')
    await tollgate.run(call, async (hold) => {
      const watched = hold.signal
      for (let half = 1; half <= 5; half += 1) {
        await clock.advance(LIFE_MS / 2)
        // Reads wait in the one line to the database, behind what lengthens the hold.
        for (let read = 0; read < 6; read += 1) await tokens()
        expect(watched.aborted).toBe(false)
        expect((await tokens()).held).toBe(100)
      }
    })
    expect(await tokens()).toEqual({ used: 100, held: 0 })
  })

  it('expires when its stream is read by nobody, and tells the source', async () => {
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

  it('ends at once when a signal says so, though nobody reads its stream', async () => {
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

describe('lengthening', () => {
  const timersOf = (): Timers & { readonly clock: TestClock } => {
    const clock = testClock('2026-01-15T12:00:00Z')
    return { clock, nowMs: () => clock.now().getTime(), after: clock.after }
  }

  it('is asked for at half of each life, and no more once it has ended', async () => {
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

  it('is tried again at half of what is left, when the store is away, until it is over', async () => {
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
