import { describe, expect, it } from 'vitest'
import { type Right, SERVICE_SCOPES } from '../../src/core/rights.ts'
import { createHandler } from '../../src/server.ts'
import { held } from '../setup/held.ts'
import { ADMIN_KEY, openDoor, sender } from './door.ts'

const event = { eventType: 'structuring_diagnose' }

describe('a service key', () => {
  const door = openDoor()
  const keyWith = async (...scopes: Right[]) =>
    (await door().tollgate.serviceKeys.create({ name: 'backend', scopes })).key

  it('meters and reads for every organization, which it must name', async () => {
    const [one, other] = [await door().organization(), await door().organization()]
    const key = await keyWith('gate.use', 'usage.record', 'usage.read')
    for (const { id } of [one, other]) {
      const body = { ...event, organizationId: id, userId: 'ada' }
      const tracked = await door().send('POST', '/api/usage/track', { key, body })
      expect([tracked.status, tracked.body.allowed]).toEqual([200, true])
      const recorded = await door().send('POST', '/api/usage/events', { key, body })
      expect(recorded.body).toEqual({ accepted: 1, duplicates: 0, rejected: [] })
      const current = await door().send('GET', `/api/usage/current?organizationId=${id}`, { key })
      expect([current.status, current.body.month.events]).toEqual([200, 2])
    }
    const unnamed = await door().send('POST', '/api/usage/track', { key, body: event })
    expect([unnamed.status, unnamed.body.errors[0].field]).toEqual([400, 'organizationId'])
  })

  it('records a batch over several organizations', async () => {
    const [one, other] = [await door().organization(), await door().organization()]
    const key = await keyWith('usage.record')
    const events = [one, other].map(({ id }) => ({ ...event, organizationId: id }))
    const { body } = await door().send('POST', '/api/usage/events', { key, body: { events } })
    expect(body).toMatchObject({ accepted: 2, rejected: [] })
  })

  it('learns its missing scope, and how to get it', async () => {
    const { id } = await door().organization()
    const key = await keyWith('gate.use')
    const body = { ...event, organizationId: id }
    const answer = await door().send('POST', '/api/usage/events', { key, body })
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden'])
    expect(answer.body.detail).toBe(
      'This service key does not have the scope usage.record: make one that has it in its `scopes`.',
    )
  })

  it('has no right to closed history, sign-ins or keys, whatever its scopes', async () => {
    const { id } = await door().organization()
    const key = await keyWith(...SERVICE_SCOPES)
    const backfill = { ...event, organizationId: id, backfill: true }
    const answer = await door().send('POST', '/api/usage/events', { key, body: backfill })
    expect([answer.status, answer.body.errors[0].field]).toEqual([403, 'backfill'])
    const signIn = { key: null, body: { credential: key } }
    expect((await door().send('POST', '/api/session', signIn)).status).toBe(403)
    const made = { key, body: { name: 'x', scopes: ['gate.use'] } }
    for (const path of ['/api/admin/service-keys', `/api/organizations/${id}/api-keys`]) {
      expect((await door().send('POST', path, made)).status).toBe(403)
    }
    const created = { key, body: { id: 'new', name: 'New', plan: 'ai-workspace/starter' } }
    expect((await door().send('POST', '/api/organizations', created)).status).toBe(403)
  })

  it('creates read tokens for any organization, within its own rights', async () => {
    const { id } = await door().organization()
    const path = `/api/organizations/${id}/read-tokens`
    const key = await keyWith('usage.read', 'organization.read', 'limits.read')
    const { status, body } = await door().send('POST', path, { key, body: {} })
    expect(status).toBe(201)
    const seen = await door().send('GET', '/api/usage/current', { key: body.token })
    expect(seen.body.organizationId).toBe(id)
  })

  it('reports its name and rights', async () => {
    const key = await keyWith('gate.use', 'usage.read')
    expect((await door().send('GET', '/api/session', { key })).body).toEqual({
      kind: 'service',
      actor: expect.stringMatching(/^key:/),
      scopes: ['gate.use', 'usage.read'],
    })
  })

  it('gets 404 for an unknown organization', async () => {
    const key = await keyWith('gate.use', 'usage.read')
    const seen = await door().send('GET', '/api/usage/current?organizationId=nobody', { key })
    expect(seen.status).toBe(404)
    const path = '/api/usage/reservations/00000000-0000-7000-8000-000000000000/settle'
    const query = '?organizationId=nobody'
    expect((await door().send('POST', path + query, { key, body: {} })).status).toBe(404)
  })

  it('settles the holds of users for whom it reserved', async () => {
    const { id } = await door().organization()
    const key = await keyWith('gate.use')
    const reserved = held(
      await door().tollgate.reserve({ ...event, organizationId: id, userId: 'ada' }),
    )
    const path = `/api/usage/reservations/${reserved.reservationId}/settle?organizationId=${id}`
    expect((await door().send('POST', path, { key, body: {} })).body.state).toBe('settled')
  })

  it('is counted by prefix when guessed, and only wrong keys are refused', async () => {
    const key = await keyWith('gate.use')
    const failed: (string | undefined)[] = []
    const handler = createHandler(door().tollgate, {
      onFailedSignIn: ({ keyPrefix }) => failed.push(keyPrefix),
    })
    const guess = `${key.slice(0, 13)}${'x'.repeat(25)}`
    expect((await sender(handler)('GET', '/api/session', { key: guess })).status).toBe(401)
    expect(failed).toEqual([key.slice(0, 13)])
    expect((await sender(handler)('GET', '/api/session', { key })).status).toBe(200)
  })
})

describe('an entry for the audit log', () => {
  const door = openDoor()
  const act = {
    category: 'knowledge_base',
    action: 'document.removed',
    subject: 'document:handbook',
    old: { pages: 12 },
  }
  const keyWith = (...scopes: Right[]) =>
    door().tollgate.serviceKeys.create({ name: 'backend', scopes })

  it('can be written by a service key with the scope, and names the actor and the reporter', async () => {
    const { id } = await door().organization()
    const { key, id: keyId } = await keyWith('audit.write')
    const path = `/api/organizations/${id}/audit`
    const own = await door().send('POST', path, { key, body: act })
    expect(own.status).toBe(201)
    expect(own.body).toMatchObject({ ...act, organizationId: id, actor: `key:${keyId}`, new: null })
    expect(own.body).not.toHaveProperty('via')
    const body = { ...act, actor: 'user:ada' }
    const told = await door().send('POST', path, { key, body })
    expect(told.body).toMatchObject({ ...body, via: `key:${keyId}` })
    const { items } = await door().tollgate.audit.list({ organizationId: id, actor: 'user:ada' })
    expect(items).toEqual([told.body])
    const { faults, missingGuards } = await door().tollgate.admin.audit.verify()
    expect({ faults, missingGuards }).toEqual({ faults: [], missingGuards: [] })
    const file = await door().send('GET', `${path}?format=csv&actor=user:ada`)
    expect(file.body).toContain(`user:ada,key:${keyId},`)
  })

  it('can be written by the library as well', async () => {
    const { id } = await door().organization()
    const { tollgate } = door()
    const input = { ...act, category: 'knowledge_base' as const, organizationId: id }
    const entry = await tollgate.audit.append(input, { actor: 'service:docs' })
    expect(entry).toMatchObject({ actor: 'service:docs', subject: 'document:handbook' })
  })

  it('cannot be written by an organization, nor with another scope', async () => {
    const { id, key } = await door().organization()
    const path = `/api/organizations/${id}/audit`
    const reads = await keyWith('audit.read')
    for (const credential of [key, reads.key]) {
      expect((await door().send('POST', path, { key: credential, body: act })).status).toBe(403)
    }
  })

  it.each([
    ['action', { action: 'audit.resolved' }],
    ['action', { action: 'Not a name' }],
    ['category', { category: 'weather' }],
    ['subject', { subject: '' }],
    ['old', { old: 'x'.repeat(16_384) }],
    ['new', { new: JSON.parse(`${'['.repeat(40)}1${']'.repeat(40)}`) }],
    ['resolves', { resolves: 1 }],
  ])('is refused with a wrong %s by its name', async (field, wrong) => {
    const { id } = await door().organization()
    const { key } = await keyWith('audit.write')
    const body = { ...act, ...wrong }
    const answer = await door().send('POST', `/api/organizations/${id}/audit`, { key, body })
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, field])
  })

  it('is refused for an unknown organization', async () => {
    const { key } = await keyWith('audit.write')
    const answer = await door().send('POST', '/api/organizations/nobody/audit', { key, body: act })
    expect(answer.status).toBe(404)
  })
})

describe("the administrator's keys over HTTP", () => {
  const door = openDoor()
  const path = '/api/admin/admin-keys'

  it('list the configured key first, which cannot be revoked', async () => {
    const made = await door().tollgate.admin.createAdminKey({ name: 'second' })
    const { body } = await door().send('GET', path)
    expect(body.items).toMatchObject([
      { id: 'configured', origin: 'configuration', prefix: null, createdAt: null },
      { id: made.id, origin: 'database', name: 'second' },
    ])
    expect(JSON.stringify(body)).not.toContain(ADMIN_KEY)
    const revoked = await door().send('DELETE', `${path}/configured`)
    expect([revoked.status, revoked.body.errors]).toEqual([
      422,
      [
        {
          field: 'keyId',
          message: 'is set where the server runs: change its configuration, and start it again',
        },
      ],
    ])
  })

  it('are all listed, with any page size', async () => {
    const ids = []
    let cursor = ''
    do {
      const { body } = await door().send('GET', `${path}?limit=1${cursor}`)
      ids.push(...body.items.map(({ id }: { id: string }) => id))
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`
    } while (cursor !== '')
    const { items } = await door().tollgate.adminKeys.list()
    expect(ids).toEqual(['configured', ...items.map(({ id }) => id)])
  })

  it('list no configured key if there is none', async () => {
    const { key } = await door().tollgate.admin.createAdminKey({ name: 'only' })
    const send = sender(createHandler(door().tollgate))
    const { body } = await send('GET', path, { key })
    expect(body.items.filter(({ id }: { id: string }) => id === 'configured')).toEqual([])
  })

  it('lock nobody out: the last one cannot revoke itself, and otherwise a key ends with its sessions', async () => {
    const { tollgate } = door()
    const [one, two] = [
      await tollgate.admin.createAdminKey({ name: 'one' }),
      await tollgate.admin.createAdminKey({ name: 'two' }),
    ]
    const send = sender(createHandler(tollgate))
    const own = await send('DELETE', `${path}/${one.id}`, { key: one.key })
    expect([own.status, own.body.errors[0].message]).toEqual([
      422,
      'is the key that asks: revoke it with another one, or on the database itself',
    ])
    const signIn = { key: null, body: { credential: one.key } }
    const cookie = (await send('POST', '/api/session', signIn)).headers.get('set-cookie') ?? ''
    const headers = { cookie: cookie.split(';', 1)[0] ?? '' }
    expect((await send('GET', '/api/session', { key: null, headers })).status).toBe(200)
    const other = await send('DELETE', `${path}/${one.id}`, { key: two.key })
    expect(other.status).toBe(200)
    expect((await send('GET', '/metrics', { key: one.key })).status).toBe(401)
    expect((await send('GET', '/api/session', { key: null, headers })).status).toBe(401)
    expect((await send('GET', '/metrics', { key: two.key })).status).toBe(200)
  })
})
