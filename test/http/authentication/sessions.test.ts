import { describe, expect, it } from 'vitest'
import type { TollgateEngine } from '../../../src/contract/tollgate.ts'
import { plumbingOf } from '../../../src/engine/plumbing.ts'
import { createHandler, type HandlerOptions } from '../../../src/server.ts'
import { ADMIN_KEY, type Answered, openDoor, sender } from '../door.ts'
import { BY_SECRET, goodToken } from './bad-tokens.ts'
import { AUDIENCE, base64url, ISSUER, NOW_SECONDS, SECRET } from './issuer.ts'

const jwt = { issuer: ISSUER, audience: AUDIENCE, secret: SECRET }
const SITE = 'http://tollgate.test'

/** The headers that a signed-in user's page sends by itself. */
const cookieOf = ({ headers }: Answered): string =>
  headers.get('set-cookie')?.split(';', 1)[0] ?? ''

describe('a session', () => {
  const door = openDoor({ jwt, adminUserIds: ['root'] })
  const signIn = (credential: unknown, headers = {}) =>
    door().send('POST', '/api/session', { key: null, body: { credential }, headers })
  const signedIn = async (credential: string = ADMIN_KEY) => {
    const answer = await signIn(credential)
    expect(answer.status).toBe(201)
    return { cookie: cookieOf(answer), csrf: answer.body.csrfToken as string, body: answer.body }
  }
  const asks = (cookie: string, headers = {}) =>
    door().send('GET', '/api/session', { key: null, headers: { cookie, ...headers } })

  it('is opened with the admin key, in a cookie that excludes scripts, other sites and plain HTTP', async () => {
    const { headers, body } = await signIn(ADMIN_KEY)
    expect(headers.get('set-cookie')).toMatch(
      /^__Host-tollgate=tgs_[\w.-]+; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
    expect(body).toEqual({
      kind: 'admin',
      actor: 'admin',
      expiresAt: '2026-03-10T20:00:00.000Z',
      csrfToken: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  it('may use plain HTTP on this machine only', async () => {
    for (const [host, name] of [
      ['http://localhost:4000', 'tollgate'],
      ['http://127.0.0.1:4000', 'tollgate'],
      ['http://[::1]:4000', 'tollgate'],
      ['https://localhost', '__Host-tollgate'],
      ['http://127.0.0.1.evil.test', '__Host-tollgate'],
      ['http://10.0.0.1:4000', '__Host-tollgate'],
    ]) {
      const response = await door().handler(
        new Request(`${host}/api/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ credential: ADMIN_KEY }),
        }),
      )
      const cookie = response.headers.get('set-cookie') ?? ''
      expect(cookie.split('=', 1)[0], host).toBe(name)
      expect(cookie.includes('; Secure'), host).toBe(name?.startsWith('__Host-'))
    }
  })

  it('stands for the user who opened it', async () => {
    const { key } = await door().tollgate.admin.createAdminKey({ name: 'second' })
    const user = goodToken(BY_SECRET)
    const root = goodToken(BY_SECRET, { sub: 'root' })
    for (const [credential, expected] of [
      [ADMIN_KEY, { kind: 'admin', actor: 'admin' }],
      [key, { kind: 'admin', actor: expect.stringMatching(/^key:/) }],
      [user, { kind: 'user', actor: 'user:ada', userId: 'ada' }],
      [root, { kind: 'admin', actor: 'user:root' }],
    ] as const) {
      const { cookie, body } = await signedIn(credential)
      expect(body).toMatchObject(expected)
      expect((await asks(cookie)).body).toEqual(body)
    }
  })

  it('cannot be opened by anybody else', async () => {
    const { id, key } = await door().organization()
    const path = `/api/organizations/${id}/read-tokens`
    const { token } = (await door().send('POST', path, { key, body: {} })).body
    const opened = (await signedIn()).cookie.split('=')[1]
    for (const credential of [key, token]) {
      expect((await signIn(credential)).status).toBe(403)
    }
    for (const credential of [`${ADMIN_KEY}x`, 'tg_nobody', opened, `tgr_${opened}`]) {
      const { status, headers } = await signIn(credential)
      expect([status, headers.get('set-cookie')]).toEqual([401, null])
    }
    for (const credential of ['', 7, null, 'x'.repeat(8_193)]) {
      expect((await signIn(credential)).status).toBe(400)
    }
  })

  it('lasts eight hours, and no longer than the JWT behind it', async () => {
    const { clock } = door()
    const exp = clock.now().getTime() / 1_000 + 60
    const user = await signedIn(goodToken(BY_SECRET, { exp }))
    const admin = await signedIn()
    const statuses = async () => [
      (await asks(user.cookie)).status,
      (await asks(admin.cookie)).status,
    ]
    await clock.advance(59_999)
    expect(await statuses()).toEqual([200, 200])
    await clock.advance(1)
    expect(await statuses()).toEqual([401, 200])
    await clock.advance(8 * 3_600_000 - 60_000)
    expect(await statuses()).toEqual([401, 401])
    await clock.set(new Date(NOW_SECONDS * 1_000))
  })

  it('ends in every handler at once, and its cookie is cleared', async () => {
    const { cookie, csrf } = await signedIn()
    const elsewhere = sender(createHandler(door().tollgate, { now: door().clock.now, ...options }))
    const send = { key: null, headers: { cookie } }
    expect((await elsewhere('GET', '/api/session', send)).status).toBe(200)
    const { status, headers } = await door().send('DELETE', '/api/session', {
      key: null,
      headers: { cookie, origin: SITE, 'x-tollgate-csrf': csrf },
    })
    expect(status).toBe(200)
    expect(headers.get('set-cookie')).toMatch(/^__Host-tollgate=; Max-Age=0; Path=\/; HttpOnly/)
    expect((await elsewhere('GET', '/api/session', send)).status).toBe(401)
  })

  it('can be ended with all other sessions of its user', async () => {
    const [here, there] = [await signedIn(), await signedIn()]
    const other = await signedIn(goodToken(BY_SECRET))
    const { status } = await door().send('DELETE', '/api/session?everywhere=true', {
      key: null,
      headers: { cookie: here.cookie, origin: SITE, 'x-tollgate-csrf': here.csrf },
    })
    expect(status).toBe(200)
    const statuses = await Promise.all(
      [here, there, other].map(async ({ cookie }) => (await asks(cookie)).status),
    )
    expect(statuses).toEqual([401, 401, 200])
  })

  it('cannot be ended without one', async () => {
    expect((await door().send('DELETE', '/api/session')).status).toBe(404)
  })

  const options: HandlerOptions = { adminKey: ADMIN_KEY, jwt, adminUserIds: ['root'] }
  const withOptions = (tollgate: TollgateEngine, changed: HandlerOptions) => {
    const send = sender(createHandler(tollgate, { now: door().clock.now, ...options, ...changed }))
    return async (cookie: string) => {
      const answer = await send('GET', '/api/session', { key: null, headers: { cookie } })
      return answer.body.kind ?? answer.status
    }
  }

  it('ends with the key that opened it, and follows the current configuration', async () => {
    const { tollgate } = door()
    const made = await tollgate.admin.createAdminKey({
      name: 'for a minute',
      expiresAt: new Date(door().clock.now().getTime() + 60_000),
    })
    const byKey = await signedIn(made.key)
    const byAdminKey = await signedIn()
    const root = await signedIn(goodToken(BY_SECRET, { sub: 'root', exp: NOW_SECONDS + 999 }))
    const kinds = async (changed: HandlerOptions) => {
      const kindOf = withOptions(tollgate, changed)
      return [
        await kindOf(byKey.cookie),
        await kindOf(byAdminKey.cookie),
        await kindOf(root.cookie),
      ]
    }
    expect(await kinds({})).toEqual(['admin', 'admin', 'admin'])
    expect(await kinds({ adminKey: 'another' })).toEqual(['admin', 401, 'admin'])
    expect(await kinds({ adminKey: undefined })).toEqual(['admin', 401, 'admin'])
    expect(await kinds({ adminUserIds: [] })).toEqual(['admin', 'admin', 'user'])
    expect(await kinds({ jwt: undefined })).toEqual(['admin', 'admin', 401])
    await door().clock.advance(60_000)
    expect(await kinds({})).toEqual([401, 'admin', 'admin'])
    await plumbingOf(tollgate).signing.rotate(0)
    expect(await kinds({})).toEqual([401, 401, 401])
  })

  it('cannot be forged, and yields to an explicit credential', async () => {
    const { cookie } = await signedIn()
    const [head = '', claims = '', signature = ''] = cookie.split('=')[1]?.split('.') ?? []
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const later = base64url(JSON.stringify({ ...said, exp: said.exp + 9e6 }))
    const forged = [
      `${head}.${later}.${signature}`,
      `${head}.${claims}.`,
      `${head}.${claims}`,
      `tgr_${head}.${claims}.${signature}`,
      ADMIN_KEY,
      'tgs_',
      'true',
    ]
    for (const text of forged) expect((await asks(`__Host-tollgate=${text}`)).status).toBe(401)
    // The name for plain HTTP works on this machine only.
    expect((await asks(cookie.replace('__Host-', ''))).status).toBe(401)
    const { key } = await door().organization()
    expect((await asks(cookie, { authorization: `Bearer ${key}` })).body.kind).toBe('organization')
    expect((await asks(cookie, { authorization: 'Bearer nobody' })).status).toBe(401)
    const asCredential = { authorization: `Bearer ${cookie.split('=')[1]}` }
    expect((await asks('', asCredential)).status).toBe(401)
  })

  it('is recorded in the audit log when opened, without its token', async () => {
    const { cookie } = await signedIn()
    await door().tollgate.flush()
    const { items } = await door().tollgate.audit.listPlatform({ action: 'session.opened' })
    expect(items[0]).toMatchObject({ category: 'security', actor: 'admin' })
    expect(JSON.stringify(items)).not.toContain(cookie.split('.')[2])
  })

  describe('with a change', () => {
    const create = async (cookie: string, headers: object) => {
      const body = {
        id: `org-of-session-${crypto.randomUUID()}`,
        name: 'x',
        plan: 'rag-chatbot/pro',
      }
      const sent = { key: null, body, headers: { cookie, ...headers } }
      const { status } = await door().send('POST', '/api/organizations', sent)
      const found = await door().send('GET', `/api/organizations/${body.id}`)
      return { status, isMade: found.status === 200 }
    }

    it("is accepted from a page of the same site with its sign-in's token", async () => {
      const { cookie, csrf } = await signedIn()
      const headers = { origin: SITE, 'x-tollgate-csrf': csrf }
      expect(await create(cookie, headers)).toEqual({ status: 201, isMade: true })
      const tls = { ...headers, origin: 'https://tollgate.test' }
      expect(await create(cookie, tls)).toEqual({ status: 201, isMade: true })
    })

    it.each([
      ['no token', { origin: SITE }],
      ['an empty token', { origin: SITE, 'x-tollgate-csrf': '' }],
      ['a wrong token', { origin: SITE, 'x-tollgate-csrf': 'A'.repeat(43) }],
      ['no origin', { 'x-tollgate-csrf': 'CSRF' }],
      ['an origin of nowhere', { origin: 'null', 'x-tollgate-csrf': 'CSRF' }],
      ['another site', { origin: 'https://evil.test', 'x-tollgate-csrf': 'CSRF' }],
      ['a site below', { origin: 'https://evil.tollgate.test', 'x-tollgate-csrf': 'CSRF' }],
      [
        'a site with a name like it',
        { origin: 'https://tollgate.test.evil', 'x-tollgate-csrf': 'CSRF' },
      ],
      ['another port', { origin: 'http://tollgate.test:8080', 'x-tollgate-csrf': 'CSRF' }],
      ['a name within', { origin: 'https://tollgate.test@evil.test', 'x-tollgate-csrf': 'CSRF' }],
      ['a file', { origin: 'file://', 'x-tollgate-csrf': 'CSRF' }],
      ['two origins', { origin: `${SITE}, https://evil.test`, 'x-tollgate-csrf': 'CSRF' }],
    ])('changes nothing with %s', async (_, headers) => {
      const { cookie, csrf } = await signedIn()
      const real = JSON.parse(JSON.stringify(headers).replace('CSRF', csrf))
      expect(await create(cookie, real)).toEqual({ status: 403, isMade: false })
      expect((await asks(cookie)).status).toBe(200)
    })

    it("changes nothing with another session's token", async () => {
      const [one, two] = [await signedIn(), await signedIn()]
      const headers = { origin: SITE, 'x-tollgate-csrf': two.csrf }
      expect(await create(one.cookie, headers)).toEqual({ status: 403, isMade: false })
    })

    it('is accepted from a configured origin, even if a proxy changes our name', async () => {
      const origins = ['https://console.acme.test']
      const handler = createHandler(door().tollgate, {
        ...options,
        session: { origins },
        now: door().clock.now,
      })
      const send = (headers: object) =>
        sender(handler)('DELETE', '/api/session', { key: null, headers: { cookie, ...headers } })
      const { cookie, csrf } = await signedIn()
      const token = { 'x-tollgate-csrf': csrf }
      expect((await send({ ...token, origin: 'https://evil.test' })).status).toBe(403)
      expect((await send({ ...token, origin: origins[0] })).status).toBe(200)
    })
  })

  it("cannot be opened from another site's page", async () => {
    expect((await signIn(ADMIN_KEY, { origin: 'https://evil.test' })).status).toBe(403)
    expect((await signIn(ADMIN_KEY, { origin: 'null' })).status).toBe(403)
    expect((await signIn(ADMIN_KEY, { origin: SITE })).status).toBe(201)
    const form = { 'content-type': 'text/plain' }
    expect((await signIn(ADMIN_KEY, form)).status).toBe(415)
  })
})
