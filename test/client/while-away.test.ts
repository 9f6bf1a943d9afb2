import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ClientOptions, createClient, responseOf } from '../../src/client/index.ts'
import { openDoor } from '../http/door.ts'
import { eventually } from '../setup/eventually.ts'
import { CLOSED as closed, OPEN as open, policyOptions } from './policy-client.ts'

describe('a client during an outage of Tollgate', () => {
  const door = openDoor()
  let organizationId = ''
  let key = ''
  let isAway = false
  let asked = 0
  beforeEach(async () => {
    const made = await door().organization('rag-chatbot/pro')
    organizationId = made.id
    key = made.key
    isAway = false
    asked = 0
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  })
  afterEach(() => vi.restoreAllMocks())
  const clientOf = (options: Partial<ClientOptions> = {}) =>
    createClient({
      ...policyOptions(door, { key, organizationId }),
      fetch: async (input, init) => {
        asked += 1
        if (isAway) throw new TypeError('fetch failed')
        return door().handler(new Request(input, init))
      },
      ...options,
    })
  const events = async () => {
    const ids: string[] = []
    for await (const { id } of door().tollgate.usage.history({ organizationId })) ids.push(id)
    return ids
  }

  it("learns each limit's `onFailure` with the decisions", async () => {
    const client = clientOf()
    // It reads its limits together with the first call.
    await client.track(open)
    await eventually(async () => {
      expect(responseOf(await client.track(open))?.onFailure).toBe('open')
    })
    expect(responseOf(await client.track(closed))?.onFailure).toBe('closed')
    const { key: mayNotRecord } = await door().tollgate.apiKeys.create({
      organizationId,
      name: 'track only',
    })
    const other = clientOf({ key: mayNotRecord })
    expect(responseOf(await other.track(open))?.onFailure).toBe('closed')
  })

  it('allows open calls, and later records each once under its id', async () => {
    const client = clientOf()
    await known(client)
    const before = await events()
    isAway = true
    const decision = await client.track({ ...open, id: 'kept' })
    const at = door().clock.now().toISOString()
    expect(decision).toMatchObject({
      allowed: true,
      degraded: true,
      replayed: false,
      decisionId: 'kept',
      limits: [],
      usage: { usageEventId: 'kept' },
    })
    const made = await client.track(open)
    await door().clock.advance(20_000)
    isAway = false
    await client.flush()
    const recorded = (await events()).filter((id) => !before.includes(id))
    expect(recorded.sort()).toEqual(['kept', made.decisionId].sort())
    const { events: page } = await door().tollgate.usage.history({ organizationId })
    expect(page.find(({ id }) => id === 'kept')?.occurredAt).toBe(at)
    // A retry gets the same.
    expect(await client.track({ ...open, id: 'kept' })).toMatchObject({ allowed: true })
    expect((await events()).length).toBe(before.length + 2)
  })

  it('refuses closed calls, and calls it has no `onFailure` for', async () => {
    const client = clientOf()
    await known(client)
    isAway = true
    const budgeted = { ...open, budget: crypto.randomUUID() }
    for (const call of [closed, { eventType: 'embedding' }, { ...open, userId: 'ada' }, budgeted]) {
      expect(await client.track(call)).toMatchObject({
        allowed: false,
        reason: 'unavailable',
        degraded: true,
        limits: [],
        usage: { usageEventId: null },
      })
    }
    isAway = false
    await client.flush()
    expect((await events()).length).toBe(knownEvents)
  })

  it('probes with one call at a time, and sends the queued calls at once when it succeeds', async () => {
    const client = clientOf()
    await known(client)
    isAway = true
    asked = 0
    for (let nth = 0; nth < 50; nth++) {
      expect((await client.track({ ...open, id: `call-${nth}` })).allowed).toBe(true)
    }
    expect(asked).toBe(3)
    await door().clock.advance(1_000)
    expect((await client.track(open)).degraded).toBe(true)
    const probed = asked
    expect((await client.track(open)).degraded).toBe(true)
    expect(asked).toBe(probed)
    isAway = false
    await door().clock.advance(5_000)
    expect((await client.track(open)).degraded).toBe(false)
    await eventually(async () => {
      expect((await events()).length).toBe(knownEvents + 50 + 3)
    })
  })

  it('refuses open calls as well once the queue is full', async () => {
    const client = clientOf({ batch: { capacity: 2 } })
    await known(client)
    isAway = true
    const allowed = []
    for (let nth = 0; nth < 3; nth++) allowed.push((await client.track(open)).allowed)
    expect(allowed).toEqual([true, true, false])
  })

  it('counts a call once if it arrived before the connection broke', async () => {
    let breaks = false
    const client = clientOf({
      fetch: async (input, init) => {
        const response = await door().handler(new Request(input, init))
        if (breaks) throw new TypeError('terminated')
        return response
      },
    })
    await known(client)
    breaks = true
    const decision = await client.track({ ...open, id: 'twice' })
    expect(decision).toMatchObject({ allowed: true, degraded: true })
    breaks = false
    await client.flush()
    expect((await events()).filter((id) => id === 'twice')).toEqual(['twice'])
  })

  it("passes on Tollgate's own answers, refusals and errors alike", async () => {
    const client = clientOf()
    await known(client)
    const large = { ...closed, quantities: { tokens: 10_000_000 } }
    expect(await client.track(large)).toMatchObject({ reason: 'limit_exceeded', degraded: false })
    await expect(client.track({ ...closed, inputTokens: -1 })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  it('throws its error if no policy is set', async () => {
    const client = clientOf({ whenAway: 'throw' })
    isAway = true
    await expect(client.track(open)).rejects.toMatchObject({ code: 'unavailable' })
  })

  /** The events that `known` records. */
  let knownEvents = 0
  /** Waits until the client knows the limits of both calls. */
  const known = async (client: ReturnType<typeof clientOf>): Promise<void> => {
    knownEvents = 0
    for (const call of [open, closed]) {
      await eventually(async () => {
        knownEvents += 1
        expect(responseOf(await client.track(call))?.onFailure).toBeDefined()
      })
    }
  }
})
