import { expect, it } from 'vitest'
import type { AuditEvent } from '../../src/contract/audit.ts'
import { AuditQueue } from '../../src/engine/audit/audit-queue.ts'
import type { Queryable } from '../../src/storage/database.ts'
import { DatabaseError } from '../../src/storage/database-error.ts'
import { held } from '../setup/held.ts'
import { describeEngine } from './describe-engine.ts'
import { metersOnly } from './meters-catalog.ts'

describeEngine('refusals in the audit log', metersOnly, (subject) => {
  const refusalsOf = async (organizationId: string | null): Promise<AuditEvent[]> => {
    const { audit } = subject().tollgate
    const filter = { action: 'refused', limit: 200 }
    const { items } = await (organizationId === null
      ? audit.listPlatform(filter)
      : audit.list({ organizationId, ...filter }))
    return items.toReversed()
  }

  const spokenFor = (events: readonly AuditEvent[]): number =>
    events.reduce((sum, { sampled }) => sum + 1 + (sampled?.passedOver ?? 0), 0)

  const closed = async (): Promise<string> => {
    const { tollgate, organization } = subject()
    const id = await organization('free')
    const limit = { meter: 'tokens', window: 'day', behavior: 'hard', reason: 'test' } as const
    await tollgate.limits.override({ organizationId: id, ...limit, max: 10 })
    return id
  }

  const call = (organizationId: string) => ({
    organizationId,
    eventType: 'work',
    userId: 'ann',
    quantities: { tokens: 11 },
  })

  it('name the call and the limit that refused it, for every verb that refuses', async () => {
    const { tollgate } = subject()
    const id = await closed()
    const acting = { actor: 'key:7', address: '203.0.113.7' }
    // A check uses nothing, so its refusal is not logged.
    expect((await tollgate.check(call(id), acting)).allowed).toBe(false)
    const decision = await tollgate.track(call(id), acting)
    await tollgate.reserve(call(id), acting)
    const hold = held(await tollgate.reserve({ ...call(id), quantities: { tokens: 1 } }))
    await hold.extend({ quantities: { tokens: 10 } }, acting)
    const found = await refusalsOf(id)
    expect(found.map((event) => (event.new as { verb: string }).verb)).toEqual([
      ...['track', 'reserve', 'extend'],
    ])
    expect(found[0]).toMatchObject({
      category: 'limits',
      action: 'refused',
      ...acting,
      subject: `decision:${decision.decisionId}`,
      sampled: { oneIn: 1, passedOver: 0 },
      new: {
        verb: 'track',
        reason: 'limit_exceeded',
        eventType: 'work',
        userId: 'ann',
        limits: [{ limit: 'tokens/day', max: 10, used: 0 }],
      },
    })
    expect(found[2]?.new).toMatchObject({ reservationId: hold.reservationId })
  })

  it('are not logged for allowed calls', async () => {
    const { tollgate } = subject()
    const id = await closed()
    await tollgate.track({ ...call(id), quantities: { tokens: 1 } })
    expect(await refusalsOf(id)).toEqual([])
  })

  it('of unknown organizations go to the platform’s chain and create no chains', async () => {
    const { tollgate } = subject()
    await tollgate.track(call('made-up'))
    expect((await refusalsOf(null)).at(-1)).toMatchObject({
      subject: 'organization:made-up',
      new: { reason: 'unknown_organization' },
    })
    await expect(
      tollgate.admin.audit.verify({ organizationIds: ['made-up'] }),
    ).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('are sampled when frequent, and the samples account for every one', async () => {
    const { tollgate, clock } = subject()
    const id = await closed()
    for (let n = 0; n < 130; n += 1) await tollgate.track(call(id))
    await clock.advance(61_000)
    const found = await refusalsOf(id)
    expect(found.map(({ sampled }) => sampled)).toEqual([
      ...Array.from({ length: 20 }, () => ({ oneIn: 1, passedOver: 0 })),
      { oneIn: 100, passedOver: 99 },
      { oneIn: 100, passedOver: 9 },
    ])
    expect(spokenFor(found)).toBe(130)
  })

  it('are written within a second, without a request', async () => {
    const { tollgate, clock, db } = subject()
    const id = await closed()
    await tollgate.track(call(id))
    await clock.advance(1_000)
    await expect
      .poll(() =>
        db.query(
          `select action from tollgate.audit_events
           where organization_id = $1 and action = 'refused'`,
          [id],
        ),
      )
      .toHaveLength(1)
  })

  it('are written when the engine closes, with the sampled counts', async () => {
    const id = await closed()
    const other = await subject().another()
    for (let n = 0; n < 25; n += 1) await other.track(call(id))
    await other.close()
    expect(spokenFor(await refusalsOf(id))).toBe(25)
  })

  it('survive an unavailable store; entries past the queue’s capacity are counted and reported', async () => {
    const { tollgate, clock, db } = subject()
    let isAway = true
    const away: Queryable = {
      query: (text, values) =>
        isAway
          ? Promise.reject(new DatabaseError({ code: '08006', message: 'away' }))
          : db.query(text, values),
    }
    const silent = { info: () => {}, warn: () => {}, error: () => {} }
    const queue = new AuditQueue({ db: away, clock, log: silent, capacity: 5 })
    const act = {
      category: 'security',
      action: 'sign_in.failed',
      actor: 'x',
      subject: 'y',
    } as const
    for (let n = 0; n < 8; n += 1) queue.add({ organizationId: null, ...act })
    await expect(queue.flush()).rejects.toThrow('away')
    expect([queue.length, queue.dropped]).toEqual([5, 3])
    isAway = false
    await queue.flush()
    expect([queue.length, queue.dropped]).toEqual([0, 3])
    const { items } = await tollgate.audit.listPlatform({ category: 'security', limit: 6 })
    expect(items.map(({ action }) => action)).toEqual([
      ...['audit.overflowed', ...Array.from({ length: 5 }, () => 'sign_in.failed')],
    ])
    expect(items[0]?.new).toEqual({ lost: 3 })
    await queue.close()
  })

  it('do not block other entries if the store rejects one', async () => {
    const { tollgate, clock, db } = subject()
    const errors: object[] = []
    const log = { info: () => {}, warn: () => {}, error: (fields: object) => errors.push(fields) }
    const queue = new AuditQueue({ db, clock, log: log as never })
    const act = { category: 'security', action: 'good', actor: 'x', subject: 'y' } as const
    const bad = { ...act, organizationId: null, actor: null as never }
    queue.add({ ...act, organizationId: null, action: 'before' })
    queue.add(bad)
    queue.add({ ...act, organizationId: null, action: 'after' })
    await queue.flush()
    const { items } = await tollgate.audit.listPlatform({ limit: 2 })
    expect(items.map(({ action }) => action)).toEqual(['after', 'before'])
    expect([queue.dropped, errors.length]).toEqual([1, 1])
    await queue.close()
  })
})

describeEngine('a trial in the audit log', metersOnly, (subject) => {
  it('is recorded by three calls: created, upgraded, expired', async () => {
    const { createTrialAudit } = await import('../../src/index.ts')
    const { tollgate, organization } = subject()
    const id = await organization('free')
    const TrialAudit = createTrialAudit(tollgate, { actor: 'user:42' })
    await TrialAudit.created(id, 'trial')
    await TrialAudit.upgraded(id, 'trial', 'starter')
    await tollgate.admin.audit.trial.expired(id, 'trial')
    const { items } = await tollgate.audit.list({
      organizationId: id,
      category: 'organization',
      limit: 3,
    })
    expect(items).toMatchObject([
      { action: 'trial.expired', actor: 'unknown', old: { plan: 'trial' }, new: null },
      { action: 'trial.upgraded', old: { plan: 'trial' }, new: { plan: 'starter' } },
      { action: 'trial.created', actor: 'user:42', old: null, new: { plan: 'trial' } },
    ])
  })

  it('is refused for an unknown organization, as are the log’s own actions', async () => {
    const { audit } = subject().tollgate.admin
    await expect(audit.trial.created('nobody', 'trial')).rejects.toMatchObject({
      code: 'not_found',
    })
    const act = { category: 'security', action: 'audit.trimmed', subject: 'x' } as const
    await expect(audit.append(null, act)).rejects.toMatchObject({
      faults: [{ field: 'action' }],
    })
  })
})
