import { describe, expect, it } from 'vitest'
import { openDoor } from './door.ts'

const PATH = '/api/admin/admin-keys'

describe('an admin key created over HTTP', () => {
  const door = openDoor()

  it('has all administrator rights until revoked, and is shown once', async () => {
    const { send, tollgate } = door()
    const body = { name: 'ada', expiresAt: '2026-04-01T00:00:00Z' }
    const made = await send('POST', PATH, { body })
    expect(made.status).toBe(201)
    const { key, ...shown } = made.body
    expect(key).toMatch(/^tg_[\w-]{32}$/)
    expect(shown).toEqual({
      id: expect.any(String),
      name: 'ada',
      prefix: key.slice(0, shown.prefix.length),
      createdAt: expect.any(String),
      expiresAt: '2026-04-01T00:00:00.000Z',
    })
    expect((await send('GET', '/api/organizations', { key })).status).toBe(200)
    const listed = await send('GET', PATH, { key })
    expect(listed.body.items).toContainEqual(expect.objectContaining({ id: shown.id, name: 'ada' }))
    expect(JSON.stringify(listed.body)).not.toContain(key)
    const [entry] = (await tollgate.audit.listPlatform({ category: 'keys' })).items
    expect(entry?.subject).toContain(shown.id)
    expect(JSON.stringify(entry)).not.toContain(key)
    expect((await send('DELETE', `${PATH}/${shown.id}`)).status).toBe(200)
    expect((await send('GET', '/api/organizations', { key })).status).toBe(401)
  })

  it('expires on time, and can be created only by an administrator', async () => {
    const { clock, organization, send } = door()
    const soon = new Date(clock.now().getTime() + 60_000).toISOString()
    const { key } = (await send('POST', PATH, { body: { name: 'brief', expiresAt: soon } })).body
    await clock.advance(60_000)
    expect((await send('GET', '/api/organizations', { key })).status).toBe(401)
    const own = await organization()
    expect((await send('POST', PATH, { key: own.key, body: { name: 'x' } })).status).toBe(403)
    const scoped = await send('POST', PATH, { body: { name: 'x', scopes: ['gate.use'] } })
    expect([scoped.status, scoped.body.errors[0].field]).toEqual([400, 'scopes'])
  })
})
