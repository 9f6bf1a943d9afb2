import { getEventListeners } from 'node:events'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  type ClientOptions,
  createClient,
  responseOf,
  TollgateError,
} from '../../src/client/index.ts'
import { openDoor } from '../http/door.ts'
import { unreliableServer } from './unreliable-server.ts'

describe('a call that is aborted', () => {
  const busy = (seconds: string) =>
    Response.json({ code: 'unavailable' }, { status: 503, headers: { 'retry-after': seconds } })

  it('ends at once, even if it is aborted just before a long wait', async () => {
    const aborting = new AbortController()
    const client = createClient({
      url: 'http://tollgate.test',
      key: 'key',
      fetch: async () => {
        aborting.abort(new Error('the user left'))
        return busy('60')
      },
    })
    const call = client.catalog.plans.list({}, { signal: aborting.signal })
    await expect(call).rejects.toThrow('the user left')
  })

  it('leaves nothing on the signal of those that are not', async () => {
    const { signal } = new AbortController()
    const answers = [busy('0'), busy('0'), Response.json({ plans: [] })]
    const client = createClient({
      url: 'http://tollgate.test',
      key: 'key',
      fetch: async () => answers.shift() as Response,
    })
    await client.catalog.plans.list({}, { signal })
    expect(answers).toEqual([])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('a client of a failing server', () => {
  const door = openDoor()
  const server = unreliableServer(() => door().handler)
  let organizationId = ''
  let key = ''
  let waits: number[] = []
  beforeEach(async () => {
    const made = await door().organization('rag-chatbot/pro')
    organizationId = made.id
    key = made.key
    waits = []
    server().reset()
  })
  const clientOf = (options: Partial<ClientOptions> = {}) =>
    createClient({
      url: server().url,
      key,
      organizationId,
      wait: async (delayMs) => void waits.push(delayMs),
      ...options,
    })
  const call = { eventType: 'chat_message', quantities: { tokens: 10 } }
  const used = async (): Promise<number> => {
    const { limits } = await door().tollgate.usage.current({ organizationId })
    return limits.find(({ limit }) => limit === 'tokens/day')?.used ?? Number.NaN
  }
  const ids = (): unknown[] => server().seen.map(({ body }) => body.id)

  it('waits as long as Retry-After says, and retries with the same id', async () => {
    server().next({ answer: 503, headers: { 'retry-after': '7' } })
    const decision = await clientOf().track(call)
    expect(decision).toMatchObject({ allowed: true, replayed: false })
    expect(waits).toEqual([7_000])
    expect(ids()).toEqual([ids()[0], ids()[0]])
    expect(ids()[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(await used()).toBe(10)
    expect(responseOf(decision)).toMatchObject({ status: 200, retries: 1 })
  })

  it('counts a call once if the connection broke after it', async () => {
    server().next('reset after', 'reset before')
    const decision = await clientOf().track(call)
    expect(decision).toMatchObject({ allowed: true, replayed: true })
    expect(new Set(ids()).size).toBe(1)
    expect(server().seen.length).toBe(3)
    expect(waits.map((delayMs) => delayMs > 0)).toEqual([true, true])
    expect(waits[1]).toBeGreaterThan(waits[0] as number)
    expect(await used()).toBe(10)
  })

  it('names a time-out as such, and counts the retry once', async () => {
    server().next('hang after')
    const client = clientOf({ timeoutMs: 100, retries: 0 })
    const error = await client.track({ ...call, id: 'late' }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TollgateError)
    expect(error).toMatchObject({ code: 'timed_out', status: 504, message: /within 100 ms/ })
    server().next('hang after')
    const decision = await clientOf({ timeoutMs: 2_000 }).track({ ...call, id: 'late' })
    expect(decision.replayed).toBe(true)
    expect(await used()).toBe(10)
  })

  it('requests another key once after a 401, whatever may be retried', async () => {
    const refused: (string | undefined)[] = []
    const client = clientOf({
      key: async (before) => {
        refused.push(before)
        return before === undefined ? 'tg_of_yesterday' : key
      },
      retries: 0,
    })
    const decision = await client.track({ ...call, id: 'one' })
    expect(decision).toMatchObject({ allowed: true, replayed: false })
    expect(refused).toEqual([undefined, 'tg_of_yesterday'])
    expect(server().seen.map((one) => one.key)).toEqual(['tg_of_yesterday', key])
    expect(ids()).toEqual(['one', 'one'])
    await client.track({ ...call, id: 'two' })
    expect(refused.length).toBe(2)
  })

  it('requests another key once if many calls get a 401', async () => {
    let asked = 0
    const client = clientOf({
      key: (before) => {
        asked += 1
        return before === undefined ? 'tg_of_yesterday' : key
      },
    })
    await Promise.all(Array.from({ length: 8 }, () => client.track(call)))
    expect(asked).toBe(2)
    expect(await used()).toBe(80)
  })

  it("fails after a second 401, with the server's error", async () => {
    const client = clientOf({ key: (before) => (before ? 'tg_wrong_too' : 'tg_wrong') })
    const error = await client.track(call).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'unauthenticated', requestId: expect.any(String) })
    expect(server().seen.length).toBe(2)
  })

  it('never retries a call that would count twice', async () => {
    const { key: adminKey } = await door().tollgate.admin.createAdminKey({ name: 'admin' })
    const client = clientOf({ key: adminKey })
    server().next('reset after')
    const error = await client.apiKeys.create({ name: 'second' }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'unavailable' })
    expect(server().seen.length).toBe(1)
    const { items } = await door().tollgate.apiKeys.list({ organizationId })
    expect(items.filter(({ name }) => name === 'second').length).toBe(1)
  })

  it('settles and extends once, however often the answer is lost', async () => {
    const client = clientOf()
    const hold = await client.reserve(call)
    if (!hold.allowed) throw new Error(hold.reason)
    server().next('reset after')
    expect(await hold.extend({ quantities: { tokens: 5 } })).toMatchObject({ replayed: true })
    server().next('reset after')
    const settled = await hold.settle({ quantities: { tokens: 12 } })
    expect(settled).toMatchObject({ replayed: true, held: { tokens: 15 }, settled: { tokens: 12 } })
    expect(await used()).toBe(12)
  })

  it('exposes Retry-After and the request id on an error it does not retry', async () => {
    const body = { code: 'overloaded', detail: 'later' }
    const headers = { 'retry-after': '120', 'x-request-id': 'r-1' }
    server().next({ answer: 503, headers, body })
    const error = await clientOf()
      .usage.current()
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'overloaded',
      message: 'later',
      retryAfterSeconds: 120,
      requestId: 'r-1',
    })
    expect(waits).toEqual([])
  })

  it('retries if the gate could not decide, and finally returns the refusal', async () => {
    const refusal = { allowed: false, reason: 'unavailable', limits: [], decisionId: 'd' }
    const away = {
      answer: 503,
      headers: { 'retry-after': '1' },
      body: { code: 'unavailable', decision: refusal },
    }
    server().next(away)
    expect(await clientOf().track(call)).toMatchObject({ allowed: true })
    server().next(away, away, away)
    expect(await clientOf().track(call)).toMatchObject({ allowed: false, reason: 'unavailable' })
    expect(waits).toEqual([1_000, 1_000, 1_000])
  })

  it('reports how a hold was answered', async () => {
    const hold = await clientOf().reserve(call)
    expect(responseOf(hold)).toMatchObject({ status: 200, requestId: expect.any(String) })
  })

  it('does not retry an invalid call', async () => {
    const error = await clientOf()
      .track({ ...call, inputTokens: -1 })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'invalid_request', faults: [{ field: 'inputTokens' }] })
    expect(server().seen.length).toBe(1)
  })

  it("stops when the caller aborts, with the caller's reason", async () => {
    const aborting = new AbortController()
    server().next('hang after')
    const calling = clientOf().track(call, { signal: aborting.signal })
    aborting.abort(new Error('the caller left'))
    await expect(calling).rejects.toThrow('the caller left')
  })

  it('creates no ids and retries nothing with `retries: 0`', async () => {
    server().next({ answer: 503 })
    const error = await clientOf({ retries: 0 })
      .track(call)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'unavailable' })
    expect(ids()).toEqual([undefined])
  })

  it('records a batch once if its answer was lost', async () => {
    server().next('reset after')
    const result = await clientOf().record([call, { ...call, id: 'mine' }])
    expect(result).toMatchObject({ accepted: 0, duplicates: 2, rejected: [] })
    expect(await used()).toBe(20)
  })
})
