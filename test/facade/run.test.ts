import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import type { RunHold, RunOptions } from '../../src/contract/hold.ts'
import type { Tollgate, TollgateEngine } from '../../src/contract/tollgate.ts'
import { TollgateRefusal } from '../../src/decision/index.ts'
import { createHandler } from '../../src/server.ts'
import { createTestTollgate, type TestClock } from '../../src/testing/index.ts'

const ADMIN_KEY = 'the-admin-key-of-the-runs'

let engine: TollgateEngine | undefined
let clock: TestClock
beforeAll(async () => {
  const opened = await createTestTollgate({ catalogs: ['rag-chatbot'] })
  engine = opened.tollgate
  clock = opened.clock
})
afterAll(() => engine?.close())

const throughHttp = (tollgate: TollgateEngine): Tollgate => {
  const handler = createHandler(tollgate, { adminKey: ADMIN_KEY, now: clock.now })
  return createClient({
    url: 'http://tollgate.test',
    key: ADMIN_KEY,
    fetch: async (input, init) => handler(new Request(input, init)),
  })
}

describe.each([
  ['in this process', (tollgate: TollgateEngine): Tollgate => tollgate],
  ['over HTTP', throughHttp],
])('run, %s', (_, doorOf) => {
  let organizations = 0
  const start = async () => {
    organizations += 1
    const organizationId = `run-${doorOf.name}-${organizations}`
    const tollgate = doorOf(engine as TollgateEngine)
    await (engine as TollgateEngine).organizations.create({
      id: organizationId,
      name: 'Runner',
      plan: 'rag-chatbot/trial',
    })
    const call = { organizationId, eventType: 'chat_message', quantities: { tokens: 100 } }
    const tokens = async () => {
      const { limits } = await (engine as TollgateEngine).usage.current({ organizationId })
      const limit = limits.find((one) => one.limit === 'tokens/day')
      return { used: limit?.used, held: limit?.held }
    }
    const events = async () =>
      (await (engine as TollgateEngine).usage.history({ organizationId })).events
    const run = <Result>(
      work: (hold: RunHold) => Promise<Result>,
      options?: RunOptions<Result>,
    ): Promise<Result> => tollgate.run(call, work, options)
    return { tollgate, organizationId, call, tokens, events, run }
  }

  it('settles the amount from the result', async () => {
    const { run, tokens } = await start()
    const result = await run(async () => ({ text: 'hello', tokens: 42 }), {
      usageOf: (answer) => ({ quantities: { tokens: answer.tokens } }),
    })
    expect(result).toEqual({ text: 'hello', tokens: 42 })
    expect(await tokens()).toEqual({ used: 42, held: 0 })
  })

  it('prefers the amount reported by the work to the amount from the result', async () => {
    const { run, tokens } = await start()
    await run(
      async (hold) => {
        hold.used({ quantities: { tokens: 1 } })
        hold.used({ quantities: { tokens: 7 } })
      },
      { usageOf: () => ({ quantities: { tokens: 99 } }) },
    )
    expect(await tokens()).toEqual({ used: 7, held: 0 })
  })

  it('settles the estimate, marked as one, after a success without a report', async () => {
    const { run, tokens, events } = await start()
    expect(await run(async () => 'done')).toBe('done')
    expect(await tokens()).toEqual({ used: 100, held: 0 })
    expect((await events())[0]?.properties).toEqual({ estimated: true })
  })

  it('includes extensions of the hold in the estimate', async () => {
    const { run, tokens } = await start()
    await run(async (hold) => {
      await hold.extend({ quantities: { tokens: 50 } })
    })
    expect(await tokens()).toEqual({ used: 150, held: 0 })
  })

  it('releases everything after an error, and rethrows the error', async () => {
    const { run, tokens } = await start()
    const failure = new Error('the model failed')
    await expect(run(() => Promise.reject(failure))).rejects.toBe(failure)
    expect(await tokens()).toEqual({ used: 0, held: 0 })
  })

  it('settles use reported before an error', async () => {
    const { run, tokens } = await start()
    const running = run(async (hold) => {
      hold.used({ quantities: { tokens: 3 } })
      throw new Error('half way')
    })
    await expect(running).rejects.toThrow('half way')
    expect(await tokens()).toEqual({ used: 3, held: 0 })
  })

  it('settles the estimate after an abort, unless configured otherwise', async () => {
    const { run, tokens } = await start()
    const aborted = () => Promise.reject(new DOMException('left', 'AbortError'))
    await expect(run(aborted)).rejects.toThrow('left')
    expect(await tokens()).toEqual({ used: 100, held: 0 })
    await expect(run(aborted, { whenUnknown: { abort: 'release' } })).rejects.toThrow('left')
    expect(await tokens()).toEqual({ used: 100, held: 0 })
  })

  it('does not run the work if the gate refuses', async () => {
    const { tollgate, call } = await start()
    let ran = false
    const refusal = await tollgate
      .run({ ...call, quantities: { tokens: 10_001 } }, async () => {
        ran = true
      })
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TollgateRefusal)
    expect(refusal).toMatchObject({ status: 429, decision: { reason: 'limit_exceeded' } })
    expect(ran).toBe(false)
  })

  const three = async function* () {
    yield 'one '
    yield 'two '
    yield 'three'
  }

  it('passes an async iterable through, and settles at its end', async () => {
    const { run, tokens } = await start()
    const stream = await run(async (hold) => {
      return (async function* () {
        for await (const piece of three()) {
          hold.used({ quantities: { tokens: piece.length } })
          yield piece
        }
      })()
    })
    expect(await tokens()).toEqual({ used: 0, held: 100 })
    const pieces: string[] = []
    for await (const piece of stream) pieces.push(piece)
    expect(pieces).toEqual(['one ', 'two ', 'three'])
    expect(await tokens()).toEqual({ used: 5, held: 0 })
  })

  it('settles the produced amount when the reader leaves a stream', async () => {
    const { run, tokens } = await start()
    const stream = await run(async (hold) => {
      hold.used({ quantities: { tokens: 4 } })
      return three()
    })
    for await (const _ of stream) break
    expect(await tokens()).toEqual({ used: 4, held: 0 })
  })

  it('settles when a stream breaks, and rethrows the error', async () => {
    const { run, tokens } = await start()
    const stream = await run(async (hold) => {
      hold.used({ quantities: { tokens: 6 } })
      return (async function* () {
        yield 'one'
        throw new Error('the socket closed')
      })()
    })
    const reading = (async () => {
      for await (const _ of stream);
    })()
    await expect(reading).rejects.toThrow('the socket closed')
    expect(await tokens()).toEqual({ used: 6, held: 0 })
  })

  it('passes a Response through with its status and headers, and settles at its end', async () => {
    const { run, tokens } = await start()
    const response = await run(async (hold) => {
      hold.used({ quantities: { tokens: 9 } })
      return new Response('a streamed body', { status: 206, headers: { 'x-own': 'yes' } })
    })
    expect([response.status, response.headers.get('x-own')]).toEqual([206, 'yes'])
    expect(await tokens()).toEqual({ used: 0, held: 100 })
    expect(await response.text()).toBe('a streamed body')
    expect(await tokens()).toEqual({ used: 9, held: 0 })
  })

  it('settles a ReadableStream when its reader cancels', async () => {
    const { run, tokens } = await start()
    let cancelled: unknown
    const stream = await run(async (hold) => {
      hold.used({ quantities: { tokens: 2 } })
      return new ReadableStream<string>({
        pull: (controller) => controller.enqueue('more'),
        cancel: (reason) => {
          cancelled = reason
        },
      })
    })
    const reader = stream.getReader()
    await reader.read()
    await reader.cancel('enough')
    expect(cancelled).toBe('enough')
    expect(await tokens()).toEqual({ used: 2, held: 0 })
  })

  it("keeps an iterable's other properties", async () => {
    const { run, tokens } = await start()
    const controller = new AbortController()
    const made = await run(async () =>
      Object.assign({ [Symbol.asyncIterator]: three }, { controller, sum: () => 3 }),
    )
    expect([made.controller, made.sum()]).toEqual([controller, 3])
    for await (const _ of made);
    expect(await tokens()).toEqual({ used: 100, held: 0 })
  })
})

describe('a hold', () => {
  const open = async (id: string) => {
    const tollgate = engine as TollgateEngine
    await tollgate.organizations.create({ id, name: id, plan: 'rag-chatbot/trial' })
    const call = { organizationId: id, eventType: 'chat_message', quantities: { tokens: 10 } }
    const hold = await tollgate.reserve({ ...call, expiresInMs: 60_000 })
    if (!hold.allowed) throw new Error(hold.reason)
    return { tollgate, call, hold }
  }

  it('aborts its signal when it expires, or later after an extension', async () => {
    const { hold } = await open('expiring')
    expect(hold.signal.aborted).toBe(false)
    await clock.advance(30_000)
    expect(await hold.extend({ expiresInMs: 60_000 })).toMatchObject({ allowed: true })
    await clock.advance(59_000)
    expect(hold.signal.aborted).toBe(false)
    await clock.advance(1_001)
    expect(hold.signal.aborted).toBe(true)
    expect(hold.signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('counts the remaining time in a replayed answer', async () => {
    const { tollgate, call } = await open('asked-again')
    const reservation = { ...call, id: 'once', expiresInMs: 60_000 }
    await tollgate.reserve(reservation)
    await clock.advance(40_000)
    const again = await tollgate.reserve(reservation)
    if (!again.allowed) throw new Error(again.reason)
    expect(again).toMatchObject({ replayed: true, expiresInMs: 20_000 })
    expect(again.signal.aborted).toBe(false)
    await clock.advance(20_001)
    expect(again.signal.aborted).toBe(true)
  })

  it('releases itself at the end of its block unless settled', async () => {
    const { tollgate, hold, call } = await open('disposed')
    await hold[Symbol.asyncDispose]()
    expect(await hold.release()).toMatchObject({ state: 'released', replayed: true })
    const other = await tollgate.reserve(call)
    if (!other.allowed) throw new Error(other.reason)
    await other.settle({ quantities: { tokens: 3 } })
    await other[Symbol.asyncDispose]()
    expect(await other.settle({ quantities: { tokens: 9 } })).toMatchObject({
      state: 'settled',
      settled: { tokens: 3 },
      replayed: true,
    })
    const refused = await tollgate.reserve({ ...call, quantities: { tokens: 10_001 } })
    expect(refused.allowed).toBe(false)
    await refused[Symbol.asyncDispose]()
  })

  it('is only the decision as JSON', async () => {
    const { hold } = await open('as-json')
    const written = JSON.parse(JSON.stringify(hold))
    expect(written).toMatchObject({ allowed: true, expiresInMs: 60_000 })
    expect(Object.keys(written)).not.toContain('replayed')
    expect(written.reservationId).toBe(hold.reservationId)
  })
})
