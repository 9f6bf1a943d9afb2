import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type BatchOptions,
  type ClientClock,
  createClient,
  type LostUse,
} from '../../src/client/index.ts'
import type { Call } from '../../src/contract/usage.ts'
import { ADMIN_KEY, openDoor } from '../http/door.ts'
import { eventually } from '../setup/eventually.ts'

/** A `fetch` that reaches a handler, unless the connection is cut before or after it. */
const wayTo = (handler: () => (request: Request) => Promise<Response>) => {
  const way = {
    is: 'open' as 'open' | 'cut before' | 'cut behind' | 'full' | 'taken over',
    sent: [] as { path: string; events: readonly Call[] }[],
    fetch: async (input: Parameters<typeof fetch>[0], init?: RequestInit): Promise<Response> => {
      const request = new Request(input, init)
      if (way.is === 'cut before') throw new TypeError('fetch failed')
      const body = (await request.clone().json()) as { events: Call[] }
      way.sent.push({ path: new URL(request.url).pathname, events: body.events })
      if (way.is === 'full') return Response.json({ code: 'overloaded' }, { status: 503 })
      if (way.is === 'taken over') return Response.json({ welcome: 'to the hotel' })
      const response = await handler()(request)
      if (way.is === 'cut behind') throw new TypeError('terminated')
      return response
    },
  }
  return way
}

/** Long enough for a busy machine. */

describe('queued use', () => {
  const door = openDoor()
  const way = wayTo(() => door().handler)
  let organizationId = ''
  let key = ''
  let lost: LostUse[] = []
  beforeEach(async () => {
    const made = await door().organization('rag-chatbot/pro')
    organizationId = made.id
    key = made.key
    way.is = 'open'
    way.sent.length = 0
    lost = []
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  })
  afterEach(() => vi.restoreAllMocks())
  const clientOf = (batch: BatchOptions = {}, clock: ClientClock = door().clock) =>
    createClient({
      url: 'http://tollgate.test',
      key,
      organizationId,
      fetch: way.fetch,
      clock,
      batch: { onLost: (one) => void lost.push(one), ...batch },
    })
  const used = async (): Promise<number> => {
    const { limits } = await door().tollgate.usage.current({ organizationId })
    return limits.find(({ limit }) => limit === 'tokens/day')?.used ?? Number.NaN
  }
  const use = { eventType: 'chat_message', quantities: { tokens: 10 } }
  const sizes = () => way.sent.map(({ events }) => events.length)

  it('is sent in batches at a size or a delay', async () => {
    const client = clientOf({ size: 3, flushIntervalMs: 2_000 })
    for (let nth = 0; nth < 4; nth++) await client.enqueue(use)
    await eventually(() => expect(sizes()).toEqual([3]))
    await eventually(async () => expect(await used()).toBe(30))
    await door().clock.advance(1_999)
    expect(sizes()).toEqual([3])
    await door().clock.advance(1)
    await eventually(() => expect(sizes()).toEqual([3, 1]))
    await client.close()
    expect(await used()).toBe(40)
    expect(lost).toEqual([])
  })

  it('is refused at once if its API key id is invalid, and does not block the queue', async () => {
    const client = clientOf()
    for (const apiKeyId of ['two\nlines', 'no key', '☃', '']) {
      const refused = expect.objectContaining({
        code: 'invalid_request',
        faults: [expect.objectContaining({ field: 'apiKeyId' })],
      })
      await expect(client.enqueue(use, { apiKeyId })).rejects.toEqual(refused)
      await expect(client.record(use, { apiKeyId })).rejects.toEqual(refused)
    }
    await client.enqueue(use)
    await client.close()
    expect(await used()).toBe(10)
    expect(lost).toEqual([])
  })

  it('forms a batch for each API key, in order, however the keys alternate', async () => {
    const { tollgate } = door()
    const made = [0, 1].map((nth) => tollgate.apiKeys.create({ organizationId, name: `${nth}` }))
    const keys = (await Promise.all(made)).map(({ id }) => id)
    const client = createClient({
      url: 'http://tollgate.test',
      key: ADMIN_KEY,
      organizationId,
      fetch: way.fetch,
      clock: door().clock,
      batch: { size: 4, onLost: (one) => void lost.push(one) },
    })
    way.is = 'full'
    for (let nth = 0; nth < 12; nth++) {
      const apiKeyId = [undefined, ...keys][nth % 3]
      await client.enqueue({ ...use, id: `nth-${nth}` }, { apiKeyId })
    }
    await eventually(() => expect(way.sent.length).toBe(1))
    way.is = 'open'
    way.sent.length = 0
    await client.flush()
    const ids = way.sent.map(({ events }) => events.map(({ id }) => Number(id?.slice(4))))
    expect(ids).toEqual([
      [0, 3, 6, 9],
      [1, 4, 7, 10],
      [2, 5, 8, 11],
    ])
    const { events } = await tollgate.usage.history({ organizationId, limit: 50 })
    const counted = events.map(({ id, apiKeyId }) => [id, apiKeyId ?? undefined])
    const expected = ids.flatMap((some, line) =>
      some.map((nth) => [`nth-${nth}`, [undefined, ...keys][line]]),
    )
    expect(counted.sort()).toEqual(expected.sort())
    expect(lost).toEqual([])
  })

  it('keeps its time and amounts, and gets an id', async () => {
    const client = clientOf()
    const call = { ...use, quantities: { tokens: 10 } }
    await client.enqueue(call)
    const at = door().clock.now().toISOString()
    call.quantities.tokens = 1_000
    await door().clock.advance(1_000)
    await client.flush()
    const [event] = way.sent[0]?.events ?? []
    expect(event).toMatchObject({ organizationId, timestamp: at, quantities: { tokens: 10 } })
    expect(event?.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(await used()).toBe(10)
  })

  it("counts once if its batch's answer was lost", async () => {
    const client = clientOf()
    await client.enqueue(use)
    await client.enqueue({ ...use, id: 'mine' })
    way.is = 'cut behind'
    await expect(client.flush()).rejects.toMatchObject({ code: 'unavailable' })
    way.is = 'open'
    await client.flush()
    expect(sizes()).toEqual([2, 2])
    expect(way.sent[0]?.events).toEqual(way.sent[1]?.events)
    expect(await used()).toBe(20)
    expect(lost).toEqual([])
  })

  it('is retried with growing delays until Tollgate accepts it', async () => {
    const pausesMs: number[] = []
    const { now, after } = door().clock
    const client = clientOf(
      { size: 1 },
      {
        now,
        after: (delayMs, call) => {
          pausesMs.push(delayMs)
          return after(delayMs, call)
        },
      },
    )
    way.is = 'full'
    await client.enqueue(use)
    const expected = [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]
    for (const [place, pauseMs] of expected.entries()) {
      await eventually(() => expect(pausesMs).toEqual(expected.slice(0, place + 1)))
      if (place === expected.length - 1) way.is = 'open'
      await door().clock.advance(pauseMs)
    }
    await eventually(async () => expect(await used()).toBe(10))
    expect(console.warn).toHaveBeenCalledTimes(1)
    await client.close()
    expect(lost).toEqual([])
  })

  it("stays queued if another server answers in Tollgate's place", async () => {
    const client = clientOf()
    await client.enqueue(use)
    way.is = 'taken over'
    await expect(client.flush()).rejects.toMatchObject({ code: 'internal' })
    way.is = 'open'
    await client.close()
    expect(await used()).toBe(10)
    expect(lost).toEqual([])
  })

  it('makes callers wait while the queue is full', async () => {
    const client = clientOf({ capacity: 2, size: 1_000 })
    way.is = 'cut before'
    await client.enqueue(use)
    await client.enqueue(use)
    let isIn = false
    const third = client.enqueue(use).then(() => {
      isIn = true
    })
    await settled()
    expect(isIn).toBe(false)
    way.is = 'open'
    await client.flush()
    await third
    await client.close()
    expect(await used()).toBe(30)
  })

  it('is refused while the queue is full, if configured', async () => {
    const client = clientOf({ capacity: 1, onOverflow: 'reject' })
    await client.enqueue(use)
    await expect(client.enqueue(use)).rejects.toMatchObject({
      code: 'overloaded',
      message: '1 events wait to be recorded',
    })
    await client.close()
    expect(await used()).toBe(10)
  })

  it('is reported if the server refuses it, and the rest of its batch counts', async () => {
    const client = clientOf()
    await client.enqueue({ ...use, eventType: 'chat_mesage' })
    await client.enqueue(use)
    await client.enqueue({ ...use, id: 'theirs', organizationId: 'nobody' })
    await client.enqueue({ ...use, quantities: { tokens: -1 } })
    await client.flush()
    expect(await used()).toBe(10)
    const why = lost.map(({ events, error }) => [events.length, error.code, error.message])
    expect(why.sort()).toEqual([
      [1, 'invalid_request', expect.stringContaining('organizationId')],
      [1, 'invalid_request', expect.stringContaining('tokens')],
      [1, 'unprocessable', expect.stringContaining('chat_mesage')],
    ])
    await client.close()
  })

  it('is split if a batch would exceed the body limit', async () => {
    const client = clientOf({ size: 1_000 })
    const properties = { text: 'ä'.repeat(16_000) }
    for (let nth = 0; nth < 60; nth++) await client.enqueue({ ...use, properties })
    await client.close()
    expect(await used()).toBe(600)
    expect(sizes().length).toBeGreaterThan(1)
    expect(lost).toEqual([])
  })

  it('is returned when the client closes and Tollgate stays away', async () => {
    const client = clientOf()
    way.is = 'cut before'
    await client.enqueue({ ...use, id: 'left' })
    await expect(client.close({ withinMs: 0 })).rejects.toMatchObject({ code: 'unavailable' })
    expect(lost).toMatchObject([{ events: [{ id: 'left' }], error: { code: 'unavailable' } }])
    await expect(client.enqueue(use)).rejects.toThrow('The client is closed')
  })

  it('is sent at the end of its block', async () => {
    const client = clientOf()
    try {
      await client.enqueue(use)
    } finally {
      await client[Symbol.asyncDispose]()
    }
    expect(await used()).toBe(10)
  })

  it.each([{ size: 0 }, { size: 1_001 }, { capacity: 0 }, { flushIntervalMs: Number.NaN }])(
    'is refused by an invalid queue: %o',
    async (batch) => {
      await expect(clientOf(batch).enqueue(use)).rejects.toThrow(/^batch\.\w+: must be/)
    },
  )
})

/** Lets everything that can run without waiting run. */
const settled = () => new Promise((resolve) => setImmediate(resolve))
