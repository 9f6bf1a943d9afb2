import { expect, it } from 'vitest'
import { held } from '../setup/held.ts'
import { describeTollgate } from './describe-tollgate.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

describeTollgate('a timestamp', (subject) => {
  const ago = (ms: number) => new Date(subject().clock.now().getTime() - ms)
  const chat = (organizationId: string, timestamp?: Date, more = {}) => ({
    organizationId,
    eventType: 'chat_message',
    quantities: { tokens: 1_000 },
    ...(timestamp && { timestamp }),
    ...more,
  })
  const refusedField = { code: 'invalid_request', faults: [{ field: 'timestamp' }] }

  it('in the past is refused by the gate, and the error names the verb that records it', async () => {
    const { tollgate, engine } = subject()
    const id = await subject().organization('rag-chatbot/trial', '2026-01-01T00:00:00Z')
    const { track, reserve } = await subject().withKey(id)
    for (const daysBack of [1, 7, 34]) {
      const call = chat(id, ago(daysBack * DAY_MS))
      await expect(track(call)).rejects.toMatchObject(refusedField)
      await expect(track(call)).rejects.toThrow('`record`')
      await expect(reserve(call)).rejects.toMatchObject(refusedField)
      await expect(tollgate.check(call)).rejects.toMatchObject(refusedField)
    }
    // Even the platform must say `backfill`, because it forwards its users' calls.
    await expect(engine.track(chat(id, ago(DAY_MS)))).rejects.toMatchObject(refusedField)
    await expect(engine.track(chat(id, ago(-6 * MINUTE_MS)))).rejects.toMatchObject(refusedField)
    const { limits } = await tollgate.usage.current({ organizationId: id })
    expect(limits.map(({ used }) => used)).toEqual([0, 0, 0, 0])
  })

  it('may differ by up to five minutes in either direction', async () => {
    const id = await subject().organization('rag-chatbot/trial', '2026-01-01T00:00:00Z')
    const { track, reserve } = await subject().withKey(id)
    for (const ms of [5 * MINUTE_MS, 0, -5 * MINUTE_MS]) {
      expect((await track(chat(id, ago(ms)))).allowed).toBe(true)
      expect((await reserve(chat(id, ago(ms)))).allowed).toBe(true)
    }
    await expect(track(chat(id, ago(5 * MINUTE_MS + 1)))).rejects.toMatchObject(refusedField)
    await expect(track(chat(id, ago(-5 * MINUTE_MS - 1)))).rejects.toMatchObject(refusedField)
  })

  it('in the past is decided if the platform backfills', async () => {
    const { tollgate } = subject()
    const id = await subject().organization('rag-chatbot/trial', '2026-01-01T00:00:00Z')
    const call = () => tollgate.track(chat(id, ago(20 * DAY_MS), { backfill: true }))
    for (let calls = 0; calls < 10; calls += 1) expect((await call()).allowed).toBe(true)
    expect(await call()).toMatchObject({ allowed: false, reason: 'limit_exceeded' })
    const { track } = await subject().withKey(id)
    const more = { role: 'owner' as const }
    await expect(
      subject().engine.track(chat(id, ago(20 * DAY_MS), { backfill: true }), more),
    ).rejects.toMatchObject({ code: 'forbidden', faults: [{ field: 'backfill' }] })
    await expect(track(chat(id, ago(DAY_MS)))).rejects.toMatchObject(refusedField)
  })

  it('of a late retry is accepted, and the retry gets its first answer', async () => {
    const id = await subject().organization('rag-chatbot/trial', '2026-01-01T00:00:00Z')
    const { track, reserve } = await subject().withKey(id)
    const call = chat(id, ago(0), { id: 'queued' })
    const hold = chat(id, ago(0), { id: 'held' })
    const first = await track(call)
    const firstHold = held(await reserve(hold))
    await subject().clock.advance(2 * 60 * MINUTE_MS)
    expect(await track(call)).toMatchObject({ decisionId: first.decisionId, replayed: true })
    const { reservationId } = firstHold
    expect(await reserve(hold)).toMatchObject({ reservationId, replayed: true })
    await expect(track({ ...call, quantities: { tokens: 1 } })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    })
    await expect(track({ ...call, id: 'another' })).rejects.toMatchObject(refusedField)
  })

  it('in the past does not stop a hold from being extended and settled', async () => {
    const id = await subject().organization('rag-chatbot/trial', '2026-01-01T00:00:00Z')
    const { reserve, extend } = await subject().withKey(id)
    const expiresInMs = 2 * 60 * MINUTE_MS
    const hold = held(await reserve(chat(id, ago(0), { expiresInMs })))
    await subject().clock.advance(60 * MINUTE_MS)
    const { reservationId } = hold
    const more = { organizationId: id, reservationId, quantities: { tokens: 500 } }
    expect((await extend(more)).allowed).toBe(true)
    expect((await hold.settle({ quantities: { tokens: 700 } })).settled).toMatchObject({
      tokens: 700,
    })
  })

  it('before the subscription began is refused, because no bill would include it', async () => {
    const { tollgate } = subject()
    const startsAt = '2026-03-05T09:00:00Z'
    const id = await subject().organization('rag-chatbot/trial', startsAt)
    const recorded = async (timestamp: string, backfill = false) => {
      const result = await tollgate.record([chat(id, new Date(timestamp))], { backfill })
      return result.accepted === 1 ? 'accepted' : result.rejected[0]?.field
    }
    expect(await recorded('2026-03-05T08:54:59.999Z')).toBe('timestamp')
    expect(await recorded('2026-03-05T08:55:00Z')).toBe('accepted')
    expect(await recorded(startsAt)).toBe('accepted')
    // A backfill by the platform may reach back to the start of the first period.
    expect(await recorded('2026-03-04T23:59:59.999Z', true)).toBe('timestamp')
    expect(await recorded('2026-03-05T00:00:00Z', true)).toBe('accepted')
    const { rejected } = await tollgate.record([chat(id, new Date('2026-02-20T00:00:00Z'))])
    expect(rejected).toMatchObject([{ field: 'timestamp', code: 'invalid_request' }])
    expect(rejected[0]?.message).toContain('2026-03-05T09:00:00.000Z')
  })

  it("in the first period counts from that day's midnight on", async () => {
    const { tollgate } = subject()
    const id = await subject().organization('api-platform/free', '2026-03-05T09:00:00Z')
    const call = (timestamp: string) => ({ organizationId: id, eventType: 'api_call', timestamp })
    await tollgate.record([call('2026-03-05T00:00:00Z'), call('2026-03-05T10:00:00Z')], {
      backfill: true,
    })
    const { limits } = await tollgate.usage.current({ organizationId: id })
    expect(limits).toMatchObject([{ limit: 'api_calls/period', used: 2 }])
  })
})
