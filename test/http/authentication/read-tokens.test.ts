import { describe, expect, it } from 'vitest'
import { plumbingOf } from '../../../src/engine/plumbing.ts'
import { createHandler } from '../../../src/server.ts'
import { ADMIN_KEY, openDoor, sender } from '../door.ts'
import { base64url, byHmac, NOW_SECONDS, tokenOf } from './issuer.ts'

describe('a read token', () => {
  const door = openDoor()
  const made = async (expiresInSeconds?: number) => {
    const { id, key } = await door().organization()
    const path = `/api/organizations/${id}/read-tokens`
    const { status, body } = await door().send('POST', path, { key, body: { expiresInSeconds } })
    expect(status).toBe(201)
    return { id, key, path, token: body.token as string, expiresAt: body.expiresAt as string }
  }
  const current = async (key: string) =>
    (await door().send('GET', '/api/usage/current', { key })).status

  it('reads its organization, and says for whom it stands', async () => {
    const { id, token } = await made()
    expect(token).toMatch(/^tgr_[\w-]+\.[\w-]+\.[\w-]+$/)
    const seen = await door().send('GET', '/api/usage/current', { key: token })
    expect([seen.status, seen.body.organizationId]).toEqual([200, id])
    const { body } = await door().send('GET', '/api/session', { key: token })
    expect(body).toEqual({
      kind: 'reader',
      actor: expect.stringMatching(/^reader:[0-9a-f-]{36}$/),
      organizationId: id,
      organizations: [
        {
          organizationId: id,
          name: expect.any(String),
          role: null,
          rights: ['usage.read', 'organization.read', 'limits.read'],
        },
      ],
    })
  })

  it('changes nothing, and creates no other token', async () => {
    const { id, path, token: key } = await made()
    const event = { eventType: 'structuring_diagnose' }
    for (const verb of ['track', 'events', 'reservations', 'check']) {
      const { status } = await door().send('POST', `/api/usage/${verb}`, { key, body: event })
      expect(status, verb).toBe(403)
    }
    expect((await door().send('POST', path, { key, body: {} })).status).toBe(403)
    const rename = { name: 'Mine' }
    const renamed = await door().send('PATCH', `/api/organizations/${id}`, { key, body: rename })
    expect(renamed.status).toBe(403)
    expect((await door().send('GET', '/metrics', { key })).status).toBe(403)
  })

  it('reads no other organization', async () => {
    const { token: key } = await made()
    const other = await door().organization()
    const { status } = await door().send('GET', `/api/organizations/${other.id}`, { key })
    expect(status).toBe(404)
  })

  it('is valid for 15 minutes by default, and for at most an hour', async () => {
    const { clock } = door()
    const fromNow = (at: string) => Date.parse(at) - clock.now().getTime()
    expect(fromNow((await made()).expiresAt)).toBe(900_000)
    const { token, expiresAt } = await made(3_600)
    expect(fromNow(expiresAt)).toBe(3_600_000)
    await clock.advance(3_599_999)
    expect(await current(token)).toBe(200)
    await clock.advance(1)
    expect(await current(token)).toBe(401)
  })

  it.each([0, -1, 3_601, 1.5, '900', null])(
    'cannot be valid for %j seconds',
    async (expiresInSeconds) => {
      const { id, key } = await door().organization()
      const path = `/api/organizations/${id}/read-tokens`
      const { status, body } = await door().send('POST', path, { key, body: { expiresInSeconds } })
      expect([status, body.errors[0].field]).toEqual([400, 'expiresInSeconds'])
    },
  )

  it('ends when its organization is closed', async () => {
    const { id, token } = await made()
    expect(await current(token)).toBe(200)
    await door().tollgate.organizations.close({ organizationId: id })
    expect(await current(token)).toBe(401)
  })

  it('can be created by the administrator for any existing organization', async () => {
    const { id } = await door().organization()
    const ask = (name: string) =>
      door().send('POST', `/api/organizations/${name}/read-tokens`, { body: {} })
    expect([(await ask(id)).status, (await ask('nobody')).status]).toEqual([201, 404])
  })

  it('cannot be created by a key with fewer rights', async () => {
    const { id } = await door().organization()
    const path = `/api/organizations/${id}/read-tokens`
    const scopes = ['usage.read', 'organization.read'] as const
    const { key } = await door().tollgate.apiKeys.create({
      organizationId: id,
      name: 'less',
      scopes: [...scopes],
    })
    expect((await door().send('POST', path, { key, body: {} })).status).toBe(403)
    const other = await door().organization()
    const foreign = await door().send('POST', path, { key: other.key, body: {} })
    expect(foreign.status).toBe(404)
  })

  it('cannot be forged', async () => {
    const { id, token } = await made()
    const [head = '', claims = '', signature = ''] = token.slice('tgr_'.length).split('.')
    const header = JSON.parse(Buffer.from(head, 'base64url').toString())
    const said = { sub: id, jti: 'x', iat: NOW_SECONDS, exp: NOW_SECONDS + 9e6 }
    const forged = [
      ...['', ADMIN_KEY, header.kid, signature].map((key) => tokenOf(header, said, byHmac(key))),
      ...['none', 'HS512'].map((alg) => tokenOf({ ...header, alg }, said, byHmac(''))),
      `${head}.${base64url(JSON.stringify(said))}.${signature}`,
      `${head}.${claims}.`,
      `${head}.${claims}`,
      tokenOf({ ...header, kid: undefined }, said, byHmac('')),
      tokenOf({ ...header, typ: 'JWT' }, said, byHmac('')),
      token,
      '',
    ].map((text) => `tgr_${text}`)
    for (const key of forged) expect(await current(key), key).toBe(401)
    expect(await current(token.slice('tgr_'.length))).toBe(401)
  })

  it('is no session, and a session is no read token', async () => {
    const { token } = await made()
    const [key] = await plumbingOf(door().tollgate).signing.keys('tollgate-session+jwt')
    const [other] = await plumbingOf(door().tollgate).signing.keys('tollgate-read+jwt')
    expect(key?.id).toBe(other?.id)
    expect(Buffer.from(key?.key ?? [])).not.toEqual(Buffer.from(other?.key ?? []))
    const headers = { cookie: `__Host-tollgate=${token}` }
    expect((await door().send('GET', '/api/session', { key: null, headers })).status).toBe(401)
  })

  it('is valid in every handler on one database, even after a key rotation', async () => {
    const { token } = await made()
    const { clock, tollgate } = door()
    const send = sender(createHandler(tollgate, { now: clock.now }))
    const seen = async () => (await send('GET', '/api/usage/current', { key: token })).status
    expect(await seen()).toBe(200)
    await plumbingOf(tollgate).signing.rotate(600_000)
    expect(await seen()).toBe(200)
    const after = await made()
    expect(after.token.split('.')[0]).not.toBe(token.split('.')[0])
    await clock.advance(600_000)
    expect([await seen(), await current(after.token)]).toEqual([401, 200])
  })

  it('ends at once after a rotation that revokes it', async () => {
    const { token } = await made()
    await plumbingOf(door().tollgate).signing.rotate(0)
    expect(await current(token)).toBe(401)
  })
})
