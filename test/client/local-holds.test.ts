import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ClientOptions, createClient, responseOf } from '../../src/client/index.ts'
import type { Reservation } from '../../src/contract/tollgate.ts'
import { TollgateRefusal } from '../../src/decision/refusal.ts'
import { openDoor } from '../http/door.ts'
import { eventually } from '../setup/eventually.ts'
import { CLOSED as closed, OPEN as open, policyOptions } from './policy-client.ts'

describe('a hold that a client makes while Tollgate is unreachable', () => {
  const door = openDoor()
  let organizationId = ''
  let key = ''
  /** `answer`: the request arrives, and its answer is lost. */
  let cut: 'nothing' | 'all' | 'answer' = 'nothing'
  beforeEach(async () => {
    const made = await door().organization('rag-chatbot/pro')
    organizationId = made.id
    key = made.key
    cut = 'nothing'
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
  })
  afterEach(() => vi.restoreAllMocks())
  const lost: string[] = []
  /** What the server answered to settlements. */
  const settled: object[] = []
  const clientOf = (options: Partial<ClientOptions> = {}) =>
    createClient({
      ...policyOptions(door, { key, organizationId }),
      batch: { onLost: ({ events }) => lost.push(...events.map(({ id }) => String(id))) },
      fetch: async (input, init) => {
        if (cut === 'all') throw new TypeError('fetch failed')
        const response = await door().handler(new Request(input, init))
        if (String(input).includes('/settle'))
          settled.push((await response.clone().json()) as object)
        if (cut === 'answer') throw new TypeError('terminated')
        return response
      },
      ...options,
    })
  /** Creates a client that knows the policy of such calls. */
  const knowing = async (calls: readonly Reservation[], options?: Partial<ClientOptions>) => {
    const client = clientOf(options)
    for (const call of calls) {
      await eventually(async () => {
        const hold = await client.reserve(call)
        if (hold.allowed) await hold.release()
        expect(responseOf(hold)?.onFailure).toBeDefined()
      })
    }
    return client
  }
  const events = async () => {
    const { events } = await door().tollgate.usage.history({ organizationId })
    return events
  }

  it('is allowed where all limits are open, and refused where one is closed', async () => {
    const client = await knowing([open, closed])
    cut = 'all'
    const hold = await client.reserve({ ...open, expiresInMs: 60_000 })
    expect(hold).toMatchObject({
      allowed: true,
      degraded: true,
      replayed: false,
      reservationId: expect.stringMatching(/^[\da-f-]{36}$/),
      expiresInMs: 60_000,
      usage: { usageEventId: null },
    })
    for (const call of [
      closed,
      { ...open, userId: 'ada' },
      { ...open, budget: crypto.randomUUID() },
    ]) {
      expect(await client.reserve(call)).toMatchObject({
        allowed: false,
        reason: 'unavailable',
        degraded: true,
        reservationId: null,
      })
    }
    await expect(client.run(closed, async () => 'never')).rejects.toThrow(TollgateRefusal)
  })

  it('is settled later, once, under its id and with the time of the call', async () => {
    const client = await knowing([open])
    cut = 'all'
    const at = door().clock.now().toISOString()
    const hold = await client.reserve({ ...open, id: 'far', properties: { from: 'here' } })
    if (!hold.allowed) throw new Error(hold.reason)
    await door().clock.advance(30_000)
    const used = { inputTokens: 7, model: 'gpt-4o-mini', status: 200 }
    const state = await hold.settle(used)
    expect(state).toMatchObject({ state: 'settled', late: false, replayed: false })
    expect(await hold.settle(used)).toEqual({ ...state, replayed: true })
    await expect(client.flush()).rejects.toMatchObject({ code: 'unavailable' })
    cut = 'nothing'
    await client.flush()
    await client.flush()
    expect(await events()).toMatchObject([
      { id: 'far', occurredAt: at, inputTokens: 7, model: 'gpt-4o-mini', status: 200 },
    ])
    expect((await events())[0]?.properties).toEqual({ from: 'here' })
    expect(lost).toEqual([])
  })

  it('settles the hold of the server if it made one and only its answer was lost', async () => {
    const client = await knowing([open])
    cut = 'answer'
    const hold = await client.reserve({ ...open, id: 'both' })
    if (!hold.allowed) throw new Error(hold.reason)
    expect(hold.degraded).toBe(true)
    cut = 'all'
    await hold.settle({ outputTokens: 5 })
    // The hold of the server is over, and so is the time in which a call may be sent.
    await door().clock.advance(1_200_000)
    cut = 'nothing'
    await client.flush()
    expect(await events()).toMatchObject([{ id: 'both', outputTokens: 5 }])
    expect(settled).toMatchObject([{ state: 'settled', late: true }])
    expect(lost).toEqual([])
    await client.close()
  })

  it('stays queued if Tollgate goes away again between the two', async () => {
    let settlements = 0
    const client = await knowing([open], {
      fetch: async (input, init) => {
        const request = new Request(input, init)
        if (request.url.includes('/settle') && ++settlements === 1) throw new TypeError('failed')
        const response = await door().handler(request)
        if (cut === 'answer') throw new TypeError('terminated')
        return response
      },
    })
    cut = 'answer'
    const hold = await client.reserve({ ...open, id: 'again' })
    cut = 'nothing'
    if (!hold.allowed) throw new Error(hold.reason)
    await hold.settle({ outputTokens: 5 })
    await client.enqueue({ ...open, id: 'beside' })
    await expect(client.flush()).rejects.toMatchObject({ code: 'unavailable' })
    await client.flush()
    expect((await events()).map(({ id }) => id).sort()).toEqual(['again', 'beside'])
    expect([settlements, lost]).toEqual([2, []])
  })

  it('records nothing when it is released, and cannot be settled then', async () => {
    const client = await knowing([open])
    cut = 'all'
    const hold = await client.reserve(open)
    if (!hold.allowed) throw new Error(hold.reason)
    expect(await hold.release()).toMatchObject({ state: 'released', settled: null })
    expect(await hold.release()).toMatchObject({ state: 'released', replayed: true })
    await expect(hold.settle()).rejects.toMatchObject({ code: 'reservation_ended' })
    cut = 'nothing'
    await client.flush()
    expect(await events()).toEqual([])
  })

  it('is the same hold for a repeated id, also once Tollgate is back', async () => {
    const client = await knowing([open])
    cut = 'all'
    const hold = await client.reserve({ ...open, id: 'same' })
    cut = 'nothing'
    const again = await client.reserve({ ...open, id: 'same' })
    expect([again.allowed, again.replayed]).toEqual([true, true])
    if (!hold.allowed || !again.allowed) throw new Error('refused')
    expect(again.reservationId).toBe(hold.reservationId)
    await hold.settle()
    expect((await again.settle()).replayed).toBe(true)
    await client.flush()
    expect((await events()).map(({ id }) => id)).toEqual(['same'])
  })

  it('grows, lasts longer, and is settled at its estimate if nothing is said', async () => {
    const estimated = { ...open, inputTokens: 10, outputTokens: 10 }
    const client = await knowing([estimated])
    cut = 'all'
    const hold = await client.reserve({ ...estimated, id: 'grown', expiresInMs: 60_000 })
    if (!hold.allowed) throw new Error(hold.reason)
    await door().clock.advance(50_000)
    const more = { id: 'more', outputTokens: 5, expiresInMs: 60_000 }
    expect(await hold.extend(more)).toMatchObject({ allowed: true, expiresInMs: 60_000 })
    expect(await hold.extend(more)).toMatchObject({ allowed: true, replayed: true })
    // No call with this meter was allowed before.
    expect(await hold.extend({ quantities: { tokens: 1 } })).toMatchObject({
      allowed: false,
      reason: 'unavailable',
    })
    await hold.settle()
    cut = 'nothing'
    await client.flush()
    expect(await events()).toMatchObject([
      { id: 'grown', inputTokens: 10, outputTokens: 15, properties: { estimated: true } },
    ])
  })

  it('carries a `run` through an outage, in full', async () => {
    const client = await knowing([open])
    cut = 'all'
    const result = await client.run({ ...open, id: 'work' }, async ({ used }) => {
      used({ outputTokens: 3 })
      return 'done'
    })
    expect(result).toBe('done')
    await expect(
      client.run({ ...open, id: 'thrown' }, async () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no')
    cut = 'nothing'
    await client.close()
    expect(await events()).toMatchObject([{ id: 'work', outputTokens: 3 }])
    expect([lost, vi.mocked(console.error).mock.calls]).toEqual([[], []])
  })

  it('is refused once the queue is full', async () => {
    const client = await knowing([open], { batch: { capacity: 1 } })
    cut = 'all'
    const hold = await client.reserve(open)
    await client.enqueue(open)
    expect(await client.reserve(open)).toMatchObject({ allowed: false, reason: 'unavailable' })
    if (!hold.allowed) throw new Error(hold.reason)
    await expect(hold.settle()).rejects.toMatchObject({ code: 'overloaded' })
    cut = 'nothing'
    await client.flush()
    await hold.settle()
    await client.close()
    expect((await events()).length).toBe(2)
  })

  it('is unknown to other clients and other organizations', async () => {
    const client = await knowing([open])
    cut = 'all'
    const { reservationId } = (await client.reserve(open)) as { reservationId: string }
    cut = 'nothing'
    await expect(clientOf().settle({ reservationId })).rejects.toMatchObject({ code: 'not_found' })
    await expect(client.settle({ reservationId, organizationId: 'another' })).rejects.toMatchObject(
      { code: expect.stringMatching(/not_found|forbidden/) },
    )
  })

  it('names the fault of a wrong time at once', async () => {
    const client = await knowing([open])
    cut = 'all'
    await expect(client.reserve({ ...open, timestamp: 'yesterday' })).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'timestamp' }],
    })
  })
})

describe('a hold of the server', () => {
  const door = openDoor()
  it('throws, as before, if it is settled while Tollgate is unreachable', async () => {
    const { id: organizationId, key } = await door().organization('rag-chatbot/pro')
    let isAway = false
    const client = createClient({
      url: 'http://tollgate.test',
      key,
      organizationId,
      retries: 0,
      whenAway: 'policy',
      fetch: async (input, init) => {
        if (isAway) throw new TypeError('fetch failed')
        return door().handler(new Request(input, init))
      },
    })
    const hold = await client.reserve({ eventType: 'api_call' })
    if (!hold.allowed) throw new Error(hold.reason)
    isAway = true
    await expect(hold.settle()).rejects.toMatchObject({ code: 'unavailable' })
    isAway = false
    expect((await hold.settle()).state).toBe('settled')
  })
})
