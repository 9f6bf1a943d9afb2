import { expect, it } from 'vitest'
import { held } from '../setup/held.ts'
import { describeOnEverySubstrate } from './describe-tollgate.ts'

describeOnEverySubstrate('reservations', (subject) => {
  const chat = (organizationId: string, tokens: number) => ({
    organizationId,
    eventType: 'chat_message',
    quantities: { tokens },
  })

  it('hold their estimate, and return the rest when settled', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/trial')
    const hold = held(await tollgate.reserve(chat(id, 8_000)))
    expect(hold).toMatchObject({ allowed: true, remaining: 2_000 })
    expect(await tollgate.reserve(chat(id, 2_001))).toMatchObject({
      allowed: false,
      reservationId: null,
    })
    const settled = await tollgate.settle({
      organizationId: id,
      reservationId: hold.reservationId,
      quantities: { tokens: 1_500 },
    })
    expect(settled).toMatchObject({
      state: 'settled',
      held: { tokens: 8_000 },
      settled: { tokens: 1_500, chat_messages: 1, api_calls: 1 },
      overshoot: {},
      late: false,
    })
    expect((await tollgate.reserve(chat(id, 8_500))).allowed).toBe(true)
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
  })

  it('settle once: 50 concurrent settlements give one event and 50 equal answers', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/trial')
    const hold = held(await tollgate.reserve(chat(id, 100)))
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        tollgate.settle({
          organizationId: id,
          reservationId: hold.reservationId,
          quantities: { tokens: 10 + i },
        }),
      ),
    )
    expect(new Set(answers.map(({ replayed: _, ...state }) => JSON.stringify(state))).size).toBe(1)
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1)
    expect((await tollgate.usage.current({ organizationId: id })).month).toMatchObject({
      events: 1,
    })
  })

  it('record all use above the hold, and report the overshoot', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/trial')
    const hold = held(await tollgate.reserve(chat(id, 9_000)))
    const settled = await tollgate.settle({
      organizationId: id,
      reservationId: hold.reservationId,
      inputTokens: 12_000,
      outputTokens: 500,
    })
    expect(settled).toMatchObject({ overshoot: { tokens: 3_500 } })
    expect((await tollgate.usage.current({ organizationId: id })).month.meters.tokens).toBe(12_500)
  })

  it('expire exactly at their time; a late settlement is recorded and marked late', async () => {
    const { tollgate, organization, clock } = subject()
    const id = await organization('rag-chatbot/trial')
    const hold = held(await tollgate.reserve({ ...chat(id, 10_000), expiresInMs: 5_000 }))
    const more = { organizationId: id, eventType: 'chat_message', quantities: { tokens: 1 } }
    await clock.advance(4_999)
    expect((await tollgate.check(more)).allowed).toBe(false)
    await clock.advance(1)
    expect((await tollgate.check(more)).allowed).toBe(true)
    const settled = await tollgate.settle({
      organizationId: id,
      reservationId: hold.reservationId,
      quantities: { tokens: 400 },
    })
    expect(settled).toMatchObject({ state: 'settled', late: true })
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
  })

  it('extend when there is room, and stay unchanged otherwise', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/trial')
    const hold = held(await tollgate.reserve(chat(id, 5_000)))
    const { reservationId } = hold
    const grown = await tollgate.extend({
      organizationId: id,
      reservationId,
      quantities: { tokens: 4_000 },
    })
    expect(grown).toMatchObject({ allowed: true, reservationId })
    const refused = await tollgate.extend({
      organizationId: id,
      reservationId,
      quantities: { tokens: 1_001 },
    })
    expect(refused).toMatchObject({ allowed: false, remaining: 1_000 })
    const state = await tollgate.release({ organizationId: id, reservationId })
    expect(state).toMatchObject({ state: 'released', held: { tokens: 9_000 } })
    await expect(tollgate.settle({ organizationId: id, reservationId })).rejects.toMatchObject({
      code: 'reservation_ended',
    })
    expect(
      (await tollgate.usage.current({ organizationId: id })).limits.every(
        (limit) => limit.held === 0,
      ),
    ).toBe(true)
  })

  it('can be prolonged without a larger hold', async () => {
    const { tollgate, organization, clock } = subject()
    const id = await organization('rag-chatbot/trial')
    const hold = held(await tollgate.reserve({ ...chat(id, 10), expiresInMs: 5_000 }))
    const longer = await tollgate.extend({
      organizationId: id,
      reservationId: hold.reservationId,
      expiresInMs: 60_000,
    })
    expect(longer).toMatchObject({ allowed: true, reservationId: hold.reservationId })
    await clock.advance(30_000)
    expect(
      await tollgate.release({ organizationId: id, reservationId: hold.reservationId }),
    ).toMatchObject({
      state: 'released',
      held: { tokens: 10 },
    })
  })

  it('return the same hold for the same id, but never to another organization', async () => {
    const { tollgate, organization } = subject()
    const [id, other] = [
      await organization('rag-chatbot/trial'),
      await organization('rag-chatbot/trial'),
    ]
    const first = held(await tollgate.reserve({ ...chat(id, 100), id: 'job-1' }))
    const again = await tollgate.reserve({ ...chat(id, 100), id: 'job-1' })
    expect(again).toEqual({ ...first, replayed: true })
    await expect(
      tollgate.release({
        organizationId: other,
        reservationId: first.reservationId,
      }),
    ).rejects.toMatchObject({ code: 'not_found' })
    await expect(
      tollgate.track({
        id: 'job-1',
        organizationId: id,
        eventType: 'chat_message',
        quantities: { tokens: 100 },
      }),
    ).rejects.toMatchObject({ code: 'idempotency_conflict' })
  })
})
