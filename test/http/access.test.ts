import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../src/http/openapi.ts'
import { createHandler } from '../../src/server.ts'
import { held } from '../setup/held.ts'
import { ADMIN_KEY, openDoor, sender } from './door.ts'

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly secured: boolean
  readonly access: string
}

/** Every operation in the document, with its parameters filled in. */
const operations: Operation[] = Object.entries(openApiDocument().paths ?? {}).flatMap(
  ([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path: template.replaceAll(/\{\w+\}/g, 'anything'),
      secured: (operation.security as unknown[]).length > 0,
      access: operation['x-access'] as string,
    })),
)
const secured = operations.filter((operation) => operation.secured)
const open = operations.filter((operation) => !operation.secured)
const adminOnly = operations.filter(({ access }) => access === 'admin')

describe('access', () => {
  const door = openDoor()

  it("is open only for health, the reference, sign-in, Stripe's events, unsubscribing and the demo", () => {
    expect(open.map(({ id }) => id).sort()).toEqual([
      'console.page',
      'demo.track',
      'docs.document',
      'docs.page',
      'docs.start',
      'health.live',
      'health.ready',
      'home',
      'sessions.create',
      'sessions.exchange',
      'stripe.receive',
      'unsubscribe.end',
      'unsubscribe.page',
    ])
    expect(secured.length + open.length).toBe(operations.length)
  })

  it.each(secured)('to $id without a credential gets 401', async ({ method, path }) => {
    const { status, headers, body } = await door().send(method, path, { key: null })
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toBe('Bearer')
    expect(body).toMatchObject({ code: 'unauthenticated', instance: path })
  })

  it.each(secured)('to $id with an unknown key gets 401', async ({ method, path }) => {
    const { status } = await door().send(method, path, { key: `${ADMIN_KEY}x` })
    expect(status).toBe(401)
  })

  it.each(adminOnly)("to $id with an organization's key gets 403", async ({ method, path }) => {
    const { key } = await door().organization()
    const { status, body } = await door().send(method, path, { key })
    expect(status).toBe(403)
    expect(body.code).toBe('forbidden')
  })

  it.each([
    ['in the query', '/metrics?key=KEY&access_token=KEY&api_key=KEY', {}],
    ['as a Basic credential', '/metrics', { authorization: `Basic ${ADMIN_KEY}` }],
    ['without a scheme', '/metrics', { authorization: ADMIN_KEY }],
    ['in another header', '/metrics', { 'x-api-key': ADMIN_KEY }],
    ['empty', '/metrics', { authorization: 'Bearer ' }],
    ['twice', '/metrics', { authorization: `Bearer ${ADMIN_KEY} ${ADMIN_KEY}` }],
  ])('does not accept a key %s', async (_, path, headers) => {
    const { status } = await door().send('GET', path.replaceAll('KEY', ADMIN_KEY), {
      key: null,
      headers,
    })
    expect(status).toBe(401)
  })

  it('accepts the scheme in upper and lower case', async () => {
    const headers = { authorization: `bearer ${ADMIN_KEY}` }
    expect((await door().send('GET', '/metrics', { key: null, headers })).status).toBe(200)
  })

  it("for the engine's admin key equals that of the configured key", async () => {
    const { key } = await door().tollgate.admin.createAdminKey({ name: 'second administrator' })
    expect((await door().send('GET', '/api/admin/config', { key })).status).toBe(200)
  })

  it('has no administrator if no admin key is configured', async () => {
    const send = sender(createHandler(door().tollgate))
    expect((await send('GET', '/metrics')).status).toBe(401)
    expect((await send('GET', '/metrics', { key: 'undefined' })).status).toBe(401)
  })

  it('cannot be configured with an admin key that no header can carry', () => {
    for (const adminKey of ['', ' ', 'two words', 'ü', 'x'.repeat(513)]) {
      expect(() => createHandler(door().tollgate, { adminKey })).toThrow(/^adminKey: /)
    }
  })

  it('ends when a key expires', async () => {
    const { id } = await door().organization()
    const expiresAt = new Date(door().clock.now().getTime() + 60_000)
    const { key } = await door().tollgate.apiKeys.create({
      organizationId: id,
      name: 'short',
      expiresAt,
    })
    expect((await door().send('GET', '/api/usage/current', { key })).status).toBe(200)
    await door().clock.advance(60_001)
    expect((await door().send('GET', '/api/usage/current', { key })).status).toBe(401)
  })
})

describe('the organization of a call', () => {
  const door = openDoor()
  const event = { eventType: 'structuring_diagnose' }
  const gate = ['/api/usage/check', '/api/usage/track', '/api/usage/reservations']

  it.each([...gate, '/api/usage/events'])(
    "to %s is always the key's; an existing and an unknown other organization look the same",
    async (path) => {
      const own = await door().organization()
      const other = await door().organization()
      for (const organizationId of [other.id, 'does-not-exist']) {
        const body = { ...event, organizationId }
        const { status, body: problem } = await door().send('POST', path, { key: own.key, body })
        expect(status).toBe(404)
        expect(problem.errors).toEqual([
          {
            field: 'organizationId',
            message: 'is no organization that this credential speaks for',
          },
        ])
      }
      const { month } = await door().tollgate.usage.current({ organizationId: other.id })
      expect(month.events).toBe(0)
    },
  )

  it.each([...gate, '/api/usage/events'])(
    'to %s must be named by the administrator',
    async (path) => {
      const { status, body } = await door().send('POST', path, { body: event })
      expect(status).toBe(400)
      expect(body.errors).toEqual([{ field: 'organizationId', message: 'is required' }])
    },
  )

  it.each([...gate, '/api/usage/events'])(
    "to %s may be the key's own, by its name",
    async (path) => {
      const { id, key } = await door().organization()
      const body = { ...event, organizationId: id }
      expect((await door().send('POST', path, { key, body })).status).toBe(200)
      expect((await door().send('POST', path, { body })).status).toBe(200)
    },
  )

  it.each([
    ['GET', '/api/usage/current'],
    ['POST', '/api/usage/reservations/00000000-0000-7000-8000-000000000000/release'],
  ])('to %s %s comes from the query', async (method, path) => {
    const { id, key } = await door().organization()
    const good = method === 'GET' ? 200 : 404
    for (const name of ['organizationId', 'tenantId']) {
      expect((await door().send(method, `${path}?${name}=${id}`)).status).toBe(good)
      expect((await door().send(method, `${path}?${name}=${id}`, { key })).status).toBe(good)
      const other = await door().send(method, `${path}?${name}=org-x`, { key })
      expect(other.status).toBe(404)
      expect(other.body.errors[0].field).toBe(name)
    }
    expect((await door().send(method, path, { key })).status).toBe(good)
    const none = await door().send(method, path)
    expect([none.status, none.body.errors[0].field]).toEqual([400, 'organizationId'])
    const both = await door().send(method, `${path}?organizationId=${id}&tenantId=org-x`)
    expect([both.status, both.body.errors[0].field]).toEqual([400, 'tenantId'])
    const twice = await door().send(method, `${path}?tenantId=${id}&tenantId=org-x`)
    expect([twice.status, twice.body.errors[0].field]).toEqual([400, 'tenantId'])
    const misspelt = await door().send(method, `${path}?organisationId=${id}`, { key })
    expect([misspelt.status, misspelt.body.errors[0].field]).toEqual([400, 'organisationId'])
  })

  it('looks nonexistent to other organizations', async () => {
    const own = await door().organization()
    const other = await door().organization()
    const ask = (id: string) => door().send('GET', `/api/organizations/${id}`, { key: own.key })
    const [hidden, unknown] = [await ask(other.id), await ask('org-none')]
    expect([hidden.status, unknown.status]).toEqual([404, 404])
    const { requestId: _, instance: _instance, ...problem } = hidden.body
    expect(unknown.body).toMatchObject(problem)
    expect(Object.keys(unknown.body)).toEqual(Object.keys(hidden.body))
  })

  it('hides its reservations from other organizations', async () => {
    const own = await door().organization()
    const other = await door().organization()
    const reserved = held(await door().tollgate.reserve({ ...event, organizationId: other.id }))
    const path = `/api/usage/reservations/${reserved.reservationId}`
    for (const verb of ['extend', 'settle', 'release']) {
      const body = verb === 'release' ? undefined : {}
      const { status } = await door().send('POST', `${path}/${verb}`, { key: own.key, body })
      expect(status).toBe(404)
    }
  })
})
