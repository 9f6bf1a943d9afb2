import { Client } from 'pg'
import { expect, it } from 'vitest'
import type { TollgateWithin } from '../../src/contract/tollgate.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { describeEngine } from './describe-engine.ts'
import { describeTollgate } from './describe-tollgate.ts'
import { openSubject } from './open-subject.ts'

const PLAN = 'rag-chatbot/trial'

/** A hold of this many of the plan's 10,000 tokens a day. */
const held = async (
  tollgate: Pick<TollgateWithin, 'reserve'>,
  organizationId: string,
  tokens: number,
): Promise<{ organizationId: string; reservationId: string }> => {
  const call = { organizationId, eventType: 'chat_message', quantities: { tokens } }
  const hold = await tollgate.reserve(call)
  if (!hold.allowed) throw new Error(hold.reason)
  return { organizationId, reservationId: hold.reservationId }
}

describeTollgate('extension ids', (subject) => {
  it('count once, however often they are sent, and return the first answer', async () => {
    const { tollgate, organization, clock } = subject()
    const hold = await held(tollgate, await organization(PLAN), 1_000)
    const more = { ...hold, id: 'page-2', quantities: { tokens: 4_000 }, expiresInMs: 900_000 }
    const first = await tollgate.extend(more)
    expect(first).toMatchObject({ allowed: true, replayed: false, expiresInMs: 900_000 })
    await clock.advance(1_000)
    expect(await tollgate.extend(more)).toEqual({
      ...first,
      expiresInMs: 899_000,
      replayed: true,
    })
    expect(await tollgate.release(hold)).toMatchObject({ held: { tokens: 5_000 } })
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
  })

  it('count once when 20 calls send one together', async () => {
    const { tollgate, organization } = subject()
    const hold = await held(tollgate, await organization(PLAN), 1_000)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        tollgate.extend({ ...hold, id: 'page-2', quantities: { tokens: 100 } }),
      ),
    )
    expect(new Set(answers.map(({ decisionId }) => decisionId)).size).toBe(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await tollgate.release(hold)).toMatchObject({ held: { tokens: 1_100 } })
  })

  it('come from the options if the input has none', async () => {
    const { tollgate, organization } = subject()
    const hold = await held(tollgate, await organization(PLAN), 1_000)
    const more = { ...hold, quantities: { tokens: 100 } }
    const first = await tollgate.extend(more, { idempotencyKey: 'page-2' })
    expect(await tollgate.extend({ ...more, id: 'page-2' })).toEqual({ ...first, replayed: true })
  })

  it('are refused with another payload', async () => {
    const { tollgate, organization } = subject()
    const hold = await held(tollgate, await organization(PLAN), 1_000)
    await tollgate.extend({ ...hold, id: 'page-2', quantities: { tokens: 100 } })
    for (const other of [
      { quantities: { tokens: 101 } },
      { quantities: { tokens: 100 }, expiresInMs: 5_000 },
      { inputTokens: 100 },
    ]) {
      await expect(tollgate.extend({ ...hold, id: 'page-2', ...other })).rejects.toMatchObject({
        code: 'idempotency_conflict',
        faults: [{ field: 'id', message: 'was used before with another payload' }],
      })
    }
    expect(await tollgate.release(hold)).toMatchObject({ held: { tokens: 1_100 } })
  })

  it('belong to one reservation, so another may use the same id', async () => {
    const { tollgate, organization } = subject()
    const id = await organization(PLAN)
    const [one, other] = [await held(tollgate, id, 10), await held(tollgate, id, 20)]
    const more = { id: 'page-2', quantities: { tokens: 100 } }
    const first = await tollgate.extend({ ...one, ...more })
    const second = await tollgate.extend({ ...other, ...more, quantities: { tokens: 200 } })
    expect(second).toMatchObject({ allowed: true, replayed: false })
    expect(second.decisionId).not.toBe(first.decisionId)
    const stranger = { ...one, ...more, organizationId: await organization(PLAN) }
    await expect(tollgate.extend(stranger)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('store nothing for a refusal: a later call is decided again', async () => {
    const { tollgate, organization } = subject()
    const id = await organization(PLAN)
    const [hold, other] = [await held(tollgate, id, 1_000), await held(tollgate, id, 8_000)]
    const more = { ...hold, id: 'page-2', quantities: { tokens: 2_000 } }
    expect(await tollgate.extend(more)).toMatchObject({ allowed: false, replayed: false })
    await tollgate.release(other)
    expect(await tollgate.extend(more)).toMatchObject({ allowed: true, replayed: false })
    expect(await tollgate.extend(more)).toMatchObject({ allowed: true, replayed: true })
  })

  it('return the first answer even if the reservation has ended and the limit is full', async () => {
    const { tollgate, organization } = subject()
    const id = await organization(PLAN)
    const hold = await held(tollgate, id, 1_000)
    const more = { ...hold, id: 'page-2', quantities: { tokens: 100 } }
    const first = await tollgate.extend(more)
    await tollgate.settle({ ...hold, quantities: { tokens: 600 } })
    await held(tollgate, id, 9_400)
    expect(await tollgate.extend(more)).toEqual({ ...first, replayed: true })
    await expect(tollgate.extend({ ...more, id: 'page-3' })).rejects.toMatchObject({
      code: 'reservation_ended',
    })
  })
})

describeEngine('extension ids over time', { at: '2026-03-10T12:00:00Z' }, (subject) => {
  it('are removed with their decisions and reservations', async () => {
    const { tollgate, organization, clock, db } = subject()
    const hold = await held(tollgate, await organization(PLAN), 1_000)
    const more = { ...hold, id: 'page-2', quantities: { tokens: 100 } }
    await tollgate.extend(more)
    await tollgate.release(hold)
    const kept = () => db.query('select 1 from tollgate.decisions where extension_id is not null')
    await clock.set('2026-05-13T12:00:00Z')
    await tollgate.admin.cleanup()
    expect(await tollgate.extend(more)).toMatchObject({ replayed: true })
    expect(await kept()).toHaveLength(1)
    await clock.set('2026-05-20T12:00:00Z')
    await tollgate.admin.cleanup()
    expect(await kept()).toEqual([])
    await expect(tollgate.extend(more)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describeOnPostgres("extension ids inside a caller's transaction", (open, url) => {
  it('count once, and not at all after a rollback', async () => {
    const { engine, organization } = await openSubject(await open(), {})
    const client = new Client({ connectionString: url() })
    await client.connect()
    try {
      const hold = await held(engine, await organization(PLAN), 1_000)
      const more = { ...hold, id: 'page-2', quantities: { tokens: 100 } }
      await client.query('begin')
      expect(await engine.within(client).extend(more)).toMatchObject({ replayed: false })
      await client.query('rollback')
      await client.query('begin')
      const first = await engine.within(client).extend(more)
      expect(first).toMatchObject({ allowed: true, replayed: false })
      expect(await engine.within(client).extend(more)).toEqual({ ...first, replayed: true })
      await client.query('commit')
      expect(await engine.extend(more)).toEqual({ ...first, replayed: true })
      expect(await engine.release(hold)).toMatchObject({ held: { tokens: 1_100 } })
    } finally {
      await client.end()
      await engine.close()
    }
  })
})
