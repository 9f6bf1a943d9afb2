import { describe, expect, it } from 'vitest'
import { openDoor } from './door.ts'

describe('organizations', () => {
  const door = openDoor()
  const acme = { id: 'acme', name: 'Acme <Corporation> "Ltd"', plan: 'ai-workspace/starter' }

  it('are created once, and read by the administrator and by themselves', async () => {
    const made = await door().send('POST', '/api/organizations', { body: acme })
    expect(made.status).toBe(201)
    expect(made.headers.get('location')).toBe('/api/organizations/acme')
    expect(made.body).toMatchObject({ ...acme, status: 'active', planVersion: 1 })
    const again = await door().send('POST', '/api/organizations', { body: acme })
    expect([again.status, again.body.code, again.body.errors[0].field]).toEqual([
      409,
      'already_exists',
      'id',
    ])
    const { key } = await door().tollgate.apiKeys.create({ organizationId: 'acme', name: 'own' })
    for (const one of [{}, { key }]) {
      const { status, body } = await door().send('GET', '/api/organizations/acme', one)
      expect([status, body]).toEqual([200, made.body])
    }
  })

  it.each([
    ['id', { id: 'with space' }],
    ['id', { id: '' }],
    ['id', { id: 5 }],
    ['id', { id: '../admin' }],
    ['name', { name: '' }],
    ['plan', { plan: null }],
    ['startsAt', { startsAt: 'yesterday' }],
    ['startsAt', { startsAt: '99999-01-01T00:00:00Z' }],
    ['owner', { owner: 'me' }],
  ])('are refused with a wrong %s, which the error names: %j', async (field, wrong) => {
    const body = { id: 'org-x', name: 'X', plan: 'ai-workspace/free', ...wrong }
    const { status, body: problem } = await door().send('POST', '/api/organizations', { body })
    expect([status, problem.errors[0].field]).toEqual([400, field])
  })

  it('on an unknown plan are refused by the plan', async () => {
    const body = { id: 'org-x', name: 'X', plan: 'ai-workspace/gold' }
    const { status, body: problem } = await door().send('POST', '/api/organizations', { body })
    expect([status, problem.errors[0].field]).toEqual([422, 'plan'])
  })

  it('get 404 for the administrator if unknown, even for impossible ids', async () => {
    const none = await door().send('GET', '/api/organizations/none')
    expect([none.status, none.body.code]).toEqual([404, 'not_found'])
    const malformed = await door().send('GET', '/api/organizations/a%20b')
    expect([malformed.status, malformed.body.code]).toEqual([404, 'not_found'])
  })
})

describe('API keys', () => {
  const door = openDoor()

  it('are shown once, and open their organization', async () => {
    const { id } = await door().organization()
    const { status, body } = await door().send('POST', `/api/organizations/${id}/api-keys`, {
      body: { name: 'production', expiresAt: '2027-01-01T00:00:00Z' },
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      name: 'production',
      organizationId: id,
      expiresAt: '2027-01-01T00:00:00.000Z',
    })
    expect(body.key.startsWith(body.prefix)).toBe(true)
    const { body: usage } = await door().send('GET', '/api/usage/current', { key: body.key })
    expect(usage.organizationId).toBe(id)
  })

  it('can be created only by the administrator, for existing organizations', async () => {
    const { id, key } = await door().organization()
    const body = { name: 'x' }
    for (const orgId of [id, 'somebody-else']) {
      const path = `/api/organizations/${orgId}/api-keys`
      expect((await door().send('POST', path, { key, body })).status).toBe(403)
    }
    const none = await door().send('POST', '/api/organizations/none/api-keys', { body })
    expect([none.status, none.body.code]).toEqual([404, 'not_found'])
    const path = `/api/organizations/${id}/api-keys`
    const nameless = await door().send('POST', path, { body: {} })
    expect([nameless.status, nameless.body.errors[0].field]).toEqual([400, 'name'])
  })
})

describe('overrides of a limit', () => {
  const door = openDoor()
  const override = {
    meter: 'tokens',
    window: 'day',
    max: 5,
    behavior: 'hard',
    reason: 'abuse',
  }

  it('apply from their creation', async () => {
    const { id, key } = await door().organization('rag-chatbot/pro')
    const path = `/api/organizations/${id}/limits`
    const { status, body } = await door().send('POST', path, { body: override })
    expect(status).toBe(201)
    expect(body).toMatchObject({ ...override, organizationId: id, expiresAt: null })
    const event = { eventType: 'chat_message', quantities: { tokens: 6 } }
    const refused = await door().send('POST', '/api/usage/track', { key, body: event })
    expect(refused.body).toMatchObject({ allowed: false, reason: 'limit_exceeded' })
  })

  it.each([
    ['meter', { meter: 'bananas' }],
    ['window', { window: 'fortnight' }],
    ['max', { max: -1 }],
    ['max', { max: 1e308 }],
    ['max', { max: '5' }],
    ['behavior', { behavior: 'gentle' }],
    ['reason', { reason: undefined }],
    ['expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }],
    ['more', { more: 1 }],
  ])('are refused with a wrong %s, which the error names: %j', async (field, wrong) => {
    const { id } = await door().organization('rag-chatbot/pro')
    const { status, body } = await door().send('POST', `/api/organizations/${id}/limits`, {
      body: { ...override, ...wrong },
    })
    expect([status, body.errors[0].field]).toEqual([400, field])
  })

  it('can be created only by the administrator, for existing organizations', async () => {
    const { id, key } = await door().organization('rag-chatbot/pro')
    const own = await door().send('POST', `/api/organizations/${id}/limits`, {
      key,
      body: { ...override, max: null },
    })
    expect(own.status).toBe(403)
    const none = await door().send('POST', '/api/organizations/none/limits', { body: override })
    expect([none.status, none.body.code]).toEqual([404, 'not_found'])
  })
})
