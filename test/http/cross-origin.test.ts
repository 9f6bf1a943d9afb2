import { describe, expect, it } from 'vitest'
import { allowedOrigins } from '../../src/cli/allowed-origins.ts'
import { CliFailure } from '../../src/cli/failure.ts'
import { createHandler, type HandlerOptions } from '../../src/server.ts'
import { ADMIN_KEY, openDoor, sender } from './door.ts'

const APP = 'https://app.example.com'
const CONSOLE = 'https://console.example.com'
const STRANGER = 'https://stranger.example.com'

const corsOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')))

describe('a page of another origin', () => {
  const door = openDoor()
  const sendTo = (options: HandlerOptions) =>
    sender(createHandler(door().tollgate, { adminKey: ADMIN_KEY, ...options }))
  const open = () =>
    sendTo({ allowedOrigins: [APP, CONSOLE], session: { origins: [CONSOLE, STRANGER] } })
  const preflight = (origin: string) => ({
    key: null,
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })

  it('gets its preflight answered if allowed, without a credential', async () => {
    const { status, headers } = await open()('OPTIONS', '/api/usage/track', preflight(APP))
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe(APP)
    expect(headers.get('access-control-allow-methods')?.split(',')).toContain('POST')
    const taken = headers.get('access-control-allow-headers')?.split(', ')
    for (const name of ['authorization', 'content-type', 'idempotency-key', 'x-tollgate-csrf']) {
      expect(taken).toContain(name)
    }
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    expect(headers.get('vary')).toBe('origin')
  })

  it('can read the answer and its headers', async () => {
    const { id, key } = await door().organization('rag-chatbot/pro')
    const { status, headers } = await open()('POST', '/api/usage/track', {
      key,
      headers: { origin: APP },
      body: { organizationId: id, eventType: 'chat_message', inputTokens: 10 },
    })
    expect(status).toBe(200)
    expect(headers.get('access-control-allow-origin')).toBe(APP)
    const shown = headers.get('access-control-expose-headers')?.split(', ') ?? []
    const own = [...headers.keys()].filter((name) => /^(x-r|ratelimit|tollgate)/.test(name))
    expect(own.length).toBeGreaterThan(4)
    expect(own.filter((name) => !shown.includes(name))).toEqual([])
    expect(shown).toEqual(expect.arrayContaining(['retry-after', 'x-request-id', 'etag']))
  })

  it('can read errors as well', async () => {
    const asked = { key: 'nobody', headers: { origin: APP } }
    for (const [path, status] of [
      ['/api/usage/current', 401],
      ['/api/nowhere', 404],
    ] as const) {
      const answer = await open()('GET', path, asked)
      expect(answer.status).toBe(status)
      expect(answer.headers.get('access-control-allow-origin')).toBe(APP)
    }
    const { status, headers } = await open()('OPTIONS', '/api/nowhere', preflight(APP))
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, APP])
  })

  it.each([
    STRANGER,
    'null',
    `${APP}.evil.com`,
    'http://app.example.com',
    `${APP}:8443`,
    `${APP}/`,
    APP.toUpperCase(),
  ])('gets no header if its origin is %s', async (origin) => {
    const asked = await open()('OPTIONS', '/api/usage/track', preflight(origin))
    expect(asked.status).toBe(405)
    expect(corsOf(asked.headers)).toEqual({})
    const read = await open()('GET', '/api/catalog', { headers: { origin } })
    expect(corsOf(read.headers)).toEqual({})
    expect(read.headers.get('vary')).toContain('origin')
  })

  it("may send a session's cookie only if its exact origin is allowed to", async () => {
    const credentialsOf = async (origin: string) => {
      const { headers } = await open()('OPTIONS', '/api/session', preflight(origin))
      return headers.get('access-control-allow-credentials')
    }
    expect(await credentialsOf(CONSOLE)).toBe('true')
    expect(await credentialsOf(APP)).toBeNull()
    expect(await credentialsOf(STRANGER)).toBeNull()
    const any = sendTo({ allowedOrigins: ['*'], session: { origins: [CONSOLE] } })
    const { headers } = await any('OPTIONS', '/api/session', preflight(CONSOLE))
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })

  it('gets separate cache entries', async () => {
    const { id } = await door().organization()
    const path = `/api/organizations/${id}/usage/dashboard`
    const { headers } = await open()('GET', path)
    expect(headers.get('vary')).toBe('authorization, cookie, origin')
    expect(corsOf(headers)).toEqual({})
    const tag = headers.get('etag') as string
    const again = await open()('GET', path, { headers: { origin: APP, 'if-none-match': tag } })
    expect(again.status).toBe(304)
    expect(again.headers.get('access-control-allow-origin')).toBe(APP)
  })

  it('gets the usual answers if nothing is configured', async () => {
    const { status, headers } = await door().send('OPTIONS', '/api/usage/track', preflight(APP))
    expect(status).toBe(405)
    expect(corsOf(headers)).toEqual({})
    expect(headers.get('vary')).toBeNull()
  })

  it('is configured by its origin, and nothing else is accepted', () => {
    for (const wrong of ['app.example.com', `${APP}/`, 'https://App.example.com', 'null', '']) {
      expect(() => createHandler(door().tollgate, { allowedOrigins: [wrong] })).toThrow(
        /^allowedOrigins: .* is not an origin/,
      )
    }
    const env = { TOLLGATE_ALLOWED_ORIGINS: ` ${APP}, ${CONSOLE} ` }
    expect(allowedOrigins(env)).toEqual([APP, CONSOLE])
    expect(allowedOrigins({})).toEqual([])
    expect(() => allowedOrigins({ TOLLGATE_ALLOWED_ORIGINS: `${APP}/app` })).toThrow(CliFailure)
  })
})
