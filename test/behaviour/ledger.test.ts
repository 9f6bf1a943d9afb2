import { describe, expect, it } from 'vitest'
import { describeOnEverySubstrate } from './describe-tollgate.ts'

/** Earlier than all use in these tests; on the same day of the month as their first. */
const LONG_AGO = '2025-01-10T12:00:00Z'

describeOnEverySubstrate('the ledger', (subject) => {
  describe('exactly once', () => {
    it('counts an id once and answers alike, whatever timestamp a retry has', async () => {
      const { tollgate, organization, clock } = subject()
      const organizationId = await organization('rag-chatbot/starter', LONG_AGO)
      const nowMs = clock.now().getTime()
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          tollgate.track({
            id: 'same',
            organizationId,
            eventType: 'chat_message',
            quantities: { tokens: 10 },
            timestamp: new Date(nowMs - (i % 5) * 60_000).toISOString(),
          }),
        ),
      )
      expect(
        new Set(answers.map(({ replayed: _, ...decision }) => JSON.stringify(decision))).size,
      ).toBe(1)
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
      expect((await tollgate.usage.current({ organizationId })).month.meters).toMatchObject({
        tokens: 10,
      })
    })

    it('refuses a known id with another payload, and writes nothing', async () => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('rag-chatbot/starter', LONG_AGO)
      const event = { id: 'x', organizationId, eventType: 'api_call' }
      await tollgate.track(event)
      await expect(tollgate.track({ ...event, userId: 'other' })).rejects.toMatchObject({
        code: 'idempotency_conflict',
      })
      const result = await tollgate.record({ ...event, properties: { a: 1 } })
      expect(result).toMatchObject({ accepted: 0, rejected: [{ index: 0, field: 'id' }] })
      expect((await tollgate.usage.current({ organizationId })).month.events).toBe(1)
    })

    it('separates the ids of organizations', async () => {
      const { tollgate, organization } = subject()
      const [a, b] = [
        await organization('rag-chatbot/pro', LONG_AGO),
        await organization('rag-chatbot/pro', LONG_AGO),
      ]
      for (const organizationId of [a, b]) {
        const result = await tollgate.record({ id: 'one', organizationId, eventType: 'api_call' })
        expect(result).toMatchObject({ accepted: 1, duplicates: 0 })
      }
    })

    it('treats a record with the id of a track as a retry', async () => {
      const { tollgate, organization } = subject()
      const event = {
        id: 'both',
        organizationId: await organization('rag-chatbot/pro', LONG_AGO),
        eventType: 'api_call',
      }
      await tollgate.track(event)
      expect(await tollgate.record(event)).toMatchObject({ accepted: 0, duplicates: 1 })
    })
  })

  it('records the valid events of a batch, and names the invalid ones by index and field', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/pro', LONG_AGO)
    const events = Array.from({ length: 100 }, (_, i) => ({
      organizationId,
      eventType: i === 7 ? 'no_such_type' : 'chat_message',
      quantities: i === 40 ? { tokens: -1 } : { tokens: 2 },
      ...(i === 99 && { timestamp: '+099999-01-01T00:00:00Z' }),
    }))
    const result = await tollgate.record(events)
    expect(result).toMatchObject({ accepted: 97, duplicates: 0 })
    expect(result.rejected.map(({ index, field }) => `${index} ${field}`)).toEqual([
      '7 eventType',
      '40 quantities.tokens',
      '99 timestamp',
    ])
    expect((await tollgate.usage.current({ organizationId })).month).toMatchObject({
      events: 97,
      meters: { tokens: 194, chat_messages: 97, api_calls: 97 },
    })
  })

  it('counts the valid events even if none, or a repeated one, is among them', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/pro', LONG_AGO)
    expect(await tollgate.record([])).toEqual({ accepted: 0, duplicates: 0, rejected: [] })
    const bad = { organizationId, eventType: 'no_such_type' }
    expect(await tollgate.record([bad])).toMatchObject({ accepted: 0, rejected: [{ index: 0 }] })
    const event = { organizationId, eventType: 'api_call', id: 'twice' }
    const unknown = { ...event, organizationId: 'nobody-has-this' }
    expect(await tollgate.record([event, unknown, bad, event])).toMatchObject({
      accepted: 1,
      duplicates: 1,
      rejected: [
        { index: 1, field: 'organizationId' },
        { index: 2, field: 'eventType' },
      ],
    })
    expect((await tollgate.usage.current({ organizationId })).month.events).toBe(1)
  })

  it('counts late events in the windows in which they happened', async () => {
    const { tollgate, organization, db } = subject()
    const organizationId = await organization('rag-chatbot/pro', LONG_AGO)
    const event = { organizationId, eventType: 'chat_message', quantities: { tokens: 5 } }
    await tollgate.record({ ...event, timestamp: '2026-02-27T23:59:59.999Z' })
    await tollgate.record({ ...event, timestamp: '2026-03-01T00:00:00Z' })
    const rows = await db.query<{ window_start: Date; used: bigint }>(
      `select window_start, used from tollgate.buckets
       where organization_id = $1 and meter = 'tokens' and window_name = 'month' order by 1`,
      [organizationId],
    )
    expect(rows.map((row) => [row.window_start.toISOString(), row.used])).toEqual([
      ['2026-02-01T00:00:00.000Z', 5n],
      ['2026-03-01T00:00:00.000Z', 5n],
    ])
  })

  it('accepts timestamps up to 35 days old and 5 minutes ahead; older ones need backfill', async () => {
    const { tollgate, organization, clock } = subject()
    const organizationId = await organization('rag-chatbot/pro', LONG_AGO)
    const at = (offsetMs: number) => ({
      organizationId,
      eventType: 'api_call',
      timestamp: new Date(clock.now().getTime() + offsetMs).toISOString(),
    })
    const day = 86_400_000
    const accepted = async (offsetMs: number, backfill = false) =>
      (await tollgate.record(at(offsetMs), { backfill })).accepted
    expect(await accepted(-35 * day)).toBe(1)
    expect(await accepted(-35 * day - 1)).toBe(0)
    expect(await accepted(-400 * day, true)).toBe(1)
    expect(await accepted(300_000)).toBe(1)
    expect(await accepted(300_001, true)).toBe(0)
  })

  it('records an unknown model as unpriced, counts it and shows it', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/pro', LONG_AGO)
    const call = (model: string) => ({
      organizationId,
      eventType: 'chat_message',
      model,
      inputTokens: 1_000,
      outputTokens: 100,
    })
    await tollgate.record([call('gpt-4o'), call('model-nobody-knows')])
    const { month } = await tollgate.usage.current({ organizationId })
    expect(month).toMatchObject({ events: 2, unpriced: 1, inputTokens: 2_000 })
    expect(Number(month.costUsd)).toBeGreaterThan(0)
    await tollgate.catalog.modelPrices.set({
      catalog: 'rag-chatbot',
      provider: 'own',
      model: 'model-nobody-knows',
      inputUsdPerMillion: '1.00',
      outputUsdPerMillion: '2.00',
    })
    const before = Number(month.costUsd)
    await tollgate.record(call('model-nobody-knows'))
    const after = await tollgate.usage.current({ organizationId })
    expect(after.month.unpriced).toBe(1)
    expect(Number(after.month.costUsd) - before).toBeCloseTo(0.0012, 9)
  })

  it('reverses an event once', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('ai-workspace/professional', LONG_AGO)
    const decision = await tollgate.track({
      organizationId,
      eventType: 'structuring_diagnose',
      properties: { complexity: 3 },
    })
    const eventId = decision.usage.usageEventId as string
    const first = await tollgate.reverse({ organizationId, eventId, reason: 'a mistake' })
    const again = await tollgate.reverse({ organizationId, eventId, reason: 'a mistake' })
    expect(first.replayed).toBe(false)
    expect(again).toEqual({ ...first, replayed: true })
    const { month, limits } = await tollgate.usage.current({ organizationId })
    expect(month).toMatchObject({ events: 0, credits: 0 })
    expect(limits.find((limit) => limit.meter === 'credits')).toMatchObject({ used: 0 })
  })

  it('merges windows of states by their own rule: the latest report counts', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('ai-workspace/professional', LONG_AGO)
    const report = (bytes: number, timestamp: string) =>
      tollgate.record({
        organizationId,
        eventType: 'storage_report',
        quantities: { storage_bytes: bytes },
        timestamp,
      })
    await report(500, '2026-03-10T10:00:00Z')
    await report(200, '2026-03-10T11:00:00Z')
    await report(900, '2026-03-10T09:00:00Z')
    expect((await tollgate.usage.current({ organizationId })).month.meters.storage_bytes).toBe(200)
  })

  it('writes queued events on a flush, and always agrees with its raw events', async () => {
    const { tollgate, organization } = subject()
    const organizationId = await organization('rag-chatbot/pro', LONG_AGO)
    for (let i = 0; i < 250; i++) {
      await tollgate.enqueue({
        organizationId,
        eventType: 'chat_message',
        userId: `user-${i % 7}`,
        endpoint: `/chat/${i % 3}`,
        durationMs: i,
        status: i % 10 === 0 ? 500 : 200,
        quantities: { tokens: i },
      })
    }
    await tollgate.flush()
    expect((await tollgate.usage.current({ organizationId })).month).toMatchObject({
      events: 250,
      errors: 25,
      meters: { tokens: (249 * 250) / 2 },
    })
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
  })
})
