import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import type { TollgateEngine } from '../../../src/contract/tollgate.ts'
import { createTollgate } from '../../../src/index.ts'
import { createAuthorization, createHandler } from '../../../src/server.ts'
import { ADMIN_KEY, openDoor, sender } from '../door.ts'
import { BY_SECRET, goodToken } from './bad-tokens.ts'
import { AUDIENCE, byHmac, ISSUER, SECRET, tokenOf } from './issuer.ts'

const jwt = { issuer: ISSUER, audience: AUDIENCE, secret: SECRET }

const requestBy = (credential: string | undefined, method = 'GET', body?: object): Request =>
  new Request('https://acme.test/api/things?x=1', {
    method,
    headers: { ...(credential && { authorization: `Bearer ${credential}` }) },
    ...(body && { body: JSON.stringify(body) }),
  })

describe('the authorization helpers', () => {
  const door = openDoor({ jwt })
  const authorization = () =>
    createAuthorization(door().tollgate, { adminKey: ADMIN_KEY, jwt, now: door().clock.now })
  const user = goodToken(BY_SECRET)

  it('requireAuth returns the caller, or asks for a credential', async () => {
    const { requireAuth } = authorization()
    const { id, key } = await door().organization()
    expect(await requireAuth(requestBy(ADMIN_KEY))).toEqual({ kind: 'admin', actor: 'admin' })
    expect(await requireAuth(requestBy(user))).toMatchObject({ kind: 'user', userId: 'ada' })
    expect(await requireAuth(requestBy(key))).toMatchObject({ organizationId: id })
    for (const credential of [undefined, 'nobody']) {
      const refused = requireAuth(requestBy(credential))
      await expect(refused).rejects.toMatchObject({ status: 401, code: 'unauthenticated' })
    }
  })

  it('requireOrganizationAccess allows callers with the right, and hides other organizations', async () => {
    const { requireOrganizationAccess } = authorization()
    const { id, key } = await door().organization()
    const other = await door().organization()
    await door().tollgate.members.add({ organizationId: id, userId: 'ada', role: 'viewer' })
    const access = async (credential: string, organizationId: string, right?: 'keys.manage') => {
      const asked = requireOrganizationAccess(requestBy(credential), organizationId, right)
      return asked.then(
        ({ kind }) => kind,
        ({ status }) => status,
      )
    }
    expect([await access(user, id), await access(key, id), await access(ADMIN_KEY, id)]).toEqual([
      'user',
      'organization',
      'admin',
    ])
    for (const organizationId of [other.id, 'nobody', '', '../x']) {
      expect(await access(user, organizationId)).toBe(404)
      expect(await access(key, organizationId)).toBe(404)
    }
    expect([
      await access(user, id, 'keys.manage'),
      await access(key, id, 'keys.manage'),
      await access(ADMIN_KEY, id, 'keys.manage'),
    ]).toEqual([403, 403, 'admin'])
  })

  it('requireAdminAuth allows only the administrator', async () => {
    const { requireAdminAuth } = authorization()
    const { key } = await door().organization()
    expect(await requireAdminAuth(requestBy(ADMIN_KEY))).toEqual({ kind: 'admin', actor: 'admin' })
    for (const credential of [user, key]) {
      await expect(requireAdminAuth(requestBy(credential))).rejects.toMatchObject({ status: 403 })
    }
  })

  it("withApiKey passes the key's owner to the handler, and answers everybody else itself", async () => {
    const { withApiKey } = authorization()
    const { id, key } = await door().organization()
    const route = withApiKey((_request, { organizationId }, context: { n: number }) =>
      Response.json({ organizationId, ...context }),
    )
    const answer = await route(requestBy(key), { n: 1 })
    expect(await answer.json()).toEqual({ organizationId: id, n: 1 })
    for (const [credential, status] of [
      [undefined, 401],
      ['nobody', 401],
      [user, 403],
      [ADMIN_KEY, 403],
    ] as const) {
      const refused = await route(requestBy(credential), { n: 1 })
      expect(refused.status).toBe(status)
      expect(refused.headers.get('content-type')).toBe('application/problem+json')
      expect(await refused.json()).toMatchObject({ status, instance: '/api/things' })
    }
    const readOnly = await door().tollgate.apiKeys.create({
      organizationId: id,
      name: 'read only',
      scopes: ['usage.read'],
    })
    expect((await route(requestBy(readOnly.key), { n: 1 })).status).toBe(403)
    const reading = withApiKey(() => new Response('seen'), 'usage.read')
    expect((await reading(requestBy(readOnly.key))).status).toBe(200)
  })

  it("withApiKey turns a handler's error into an answer that reveals nothing", async () => {
    const { withApiKey } = authorization()
    const { key } = await door().organization()
    const failing = withApiKey(() => {
      throw new Error('the password is in here')
    })
    const answer = await failing(requestBy(key))
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('password')
    const missing = withApiKey(
      () => door().tollgate.organizations.get({ organizationId: 'nobody' }) as never,
    )
    expect((await missing(requestBy(key))).status).toBe(404)
  })

  it('accept sessions of a server with the same options', async () => {
    const { requireAdminAuth } = authorization()
    const options = { adminKey: ADMIN_KEY, jwt, now: door().clock.now }
    const send = sender(createHandler(door().tollgate, options))
    const body = { credential: ADMIN_KEY }
    const { headers } = await send('POST', '/api/session', { key: null, body })
    const cookie = headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    const asked = (method: string) =>
      requireAdminAuth(new Request('https://acme.test/x', { method, headers: { cookie } }))
    expect(await asked('GET')).toEqual({ kind: 'admin', actor: 'admin' })
    await expect(asked('POST')).rejects.toMatchObject({ status: 403 })
  })
})

describe('the examples of the helpers', () => {
  const source = new URL('../../../src/http/authentication/authorization.ts', import.meta.url)
  const examples = [
    ...readFileSync(source, 'utf8').matchAll(/@example\n \* ```ts\n([\s\S]*?)```/g),
  ].map(([, text = '']) => text.replaceAll(/^ \* ?/gm, ''))
  const opened: TollgateEngine[] = []
  afterAll(() => Promise.all(opened.map((tollgate) => tollgate.close())))

  /** Runs an example as written, and returns its exports. */
  const run = async (text: string, env: Record<string, string>) => {
    const names = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name)
    const code = text.replaceAll(/^import .*$/gm, '').replaceAll(/^export /gm, '')
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor
    const example = AsyncFunction(
      ...['createTollgate', 'createAuthorization', 'process'],
      `${code}; return { ${names.join(', ')} }`,
    )
    const open: typeof createTollgate = async (options) => {
      const tollgate = await createTollgate(options)
      opened.push(tollgate)
      return tollgate
    }
    return example(open, createAuthorization, { env })
  }

  it('are two', () => {
    expect(examples).toHaveLength(2)
  })

  it("serve an organization's members", async () => {
    const secret = SECRET
    const { GET, whoAmI } = await run(examples[0] ?? '', { JWT_SECRET: secret })
    const tollgate = opened[0] as TollgateEngine
    await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'rag-chatbot/pro' })
    await tollgate.members.add({ organizationId: 'acme', userId: 'ada', role: 'member' })
    const exp = Math.floor(Date.now() / 1_000) + 60
    const tokenFor = (sub: string) =>
      tokenOf(
        { alg: 'HS256' },
        { iss: 'https://acme.test/', aud: 'acme', sub, exp },
        byHmac(secret),
      )
    const params = { organizationId: 'acme' }
    const seen = await GET(requestBy(tokenFor('ada')), { params })
    expect(await seen.json()).toEqual({ seenBy: 'user:ada' })
    expect((await GET(requestBy(tokenFor('eve')), { params })).status).toBe(404)
    expect((await GET(requestBy(undefined), { params })).status).toBe(401)
    expect(await whoAmI(requestBy(tokenFor('eve')))).toBe('user:eve')
  })

  it('serve key holders', async () => {
    const { POST, found } = await run(examples[1] ?? '', { TOLLGATE_ADMIN_KEY: ADMIN_KEY })
    const acme = { id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' }
    await expect(found(requestBy('nobody', 'POST', acme))).rejects.toMatchObject({ status: 401 })
    await found(requestBy(ADMIN_KEY, 'POST', acme))
    const tollgate = opened[1] as TollgateEngine
    const { key } = await tollgate.apiKeys.create({ organizationId: 'acme', name: 'example' })
    const statuses = []
    for (let call = 0; call < 31; call += 1) statuses.push((await POST(requestBy(key))).status)
    expect([...new Set(statuses)]).toEqual([200, 429])
    expect((await POST(requestBy(undefined))).status).toBe(401)
  })
})
