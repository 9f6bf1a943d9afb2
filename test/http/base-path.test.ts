import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { createHandler } from '../../src/server.ts'
import { ADMIN_KEY, type Answered, openDoor, sender } from './door.ts'

const BASE = '/api/tollgate'
const PROBLEM = 'application/problem+json'

/** A page's links as a browser follows them. */
const linksOf = (html: string, place: string): string[] =>
  [...html.matchAll(/ href="([^"#]+)"/g)].map(
    ([, link = '']) => new URL(link, `http://tollgate.test${place}`).pathname,
  )

const expectPage = ({ status, headers, body }: Answered): void => {
  expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(body) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain(`style-src 'sha256-${hash}'`)
  expect(body).not.toMatch(/<script|<link|<img|<iframe| src=| on\w+=|@import|url\(/)
}

describe('a handler below a path of its host', () => {
  const door = openDoor({ basePath: BASE })

  it('routes everything below it: parameters, aliases, and problems that name the place', async () => {
    const { key, id } = await door().organization('rag-chatbot/trial')
    const event = { key, body: { eventType: 'chat_message' } }
    const tracked = await door().send('POST', `${BASE}/api/usage/track`, event)
    expect([tracked.status, tracked.body.allowed]).toEqual([200, true])
    const current = await door().send('GET', `${BASE}/api/usage/current?organizationId=${id}`)
    expect([current.status, current.body.month.events]).toEqual([200, 1])
    const found = await door().send('GET', `${BASE}/api/organizations/${id}`)
    expect([found.status, found.body.id]).toEqual([200, id])
    const plan = `${BASE}/api/admin/config/plans`
    for (const place of ['rag-chatbot/pro', 'rag-chatbot%2Fpro']) {
      expect((await door().send('GET', `${plan}/${place}`)).body.key).toBe('pro')
    }
    for (const place of ['/healthz', '/readyz', '/metrics', '/docs', '/openapi.json']) {
      expect((await door().send('GET', BASE + place)).status).toBe(200)
    }
    const none = await door().send('GET', `${BASE}/api/organizations/none`)
    expect(none.status).toBe(404)
    expect(none.body.instance).toBe(`${BASE}/api/organizations/none`)
  })

  it.each([
    '/',
    '/docs',
    '/healthz',
    '/api',
    '/api/usage/current',
    '/api/tollgatex',
    '/api/tollgatex/healthz',
    '/api/tollgate.test/healthz',
    '/x/api/tollgate/healthz',
    '/API/tollgate/healthz',
    '/api/tollgate/api/tollgate/healthz',
    '/api/tollgate//healthz',
  ])('ignores everything elsewhere: %s', async (path) => {
    for (const method of ['GET', 'POST']) {
      const { status, headers, body } = await door().send(method, path)
      expect([status, headers.get('content-type')]).toEqual([404, PROBLEM])
      expect(body).toMatchObject({ code: 'not_found', instance: path })
      expect(headers.has('allow')).toBe(false)
    }
  })

  it.each([
    ['DELETE', '/api/usage/track', 'POST'],
    ['PUT', '/api/organizations/acme', 'DELETE, GET, HEAD, PATCH'],
    ['DELETE', '/api/admin/config/plans/a/b', 'GET, HEAD, PATCH'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '', 'GET, HEAD'],
  ])('lists the allowed methods: not %s %s but %s', async (method, path, allowed) => {
    const { status, headers, body } = await door().send(method, BASE + path)
    expect([status, body.code]).toEqual([405, 'method_not_allowed'])
    expect(headers.get('allow')?.split(', ').sort().join(', ')).toBe(allowed)
  })

  it('returns locations that include its path', async () => {
    const body = { id: 'made-here', name: 'Made', plan: 'rag-chatbot/trial' }
    const made = await door().send('POST', `${BASE}/api/organizations`, { body })
    expect(made.status).toBe(201)
    const location = made.headers.get('location') ?? ''
    expect(location).toBe(`${BASE}/api/organizations/made-here`)
    expect((await door().send('GET', location)).body).toEqual(made.body)
  })

  it.each([BASE, `${BASE}/`])('starts at %s with a page whose links are below it', async (path) => {
    const page = await door().send('GET', path, { key: null })
    expectPage(page)
    expect(page.body).toContain('<h1>Tollgate</h1>')
    const links = linksOf(page.body, path)
    expect(links).toContain(`${BASE}/docs`)
    expect(links).toContain(`${BASE}/openapi.json`)
    for (const link of links) {
      expect((await door().send('GET', link, { key: null })).status, link).toBe(200)
    }
    expect((await door().send('HEAD', path, { key: null })).status).toBe(200)
  })

  it('has a reference whose links are below it, and a document with its address', async () => {
    const page = await door().send('GET', `${BASE}/docs`, { key: null })
    expectPage(page)
    const links = linksOf(page.body, `${BASE}/docs`)
    expect(links).toEqual([`${BASE}/docs/start`, `${BASE}/openapi.json`])
    const { body } = await door().send('GET', `${BASE}/openapi.json`, { key: null })
    expect(body.servers).toEqual([{ url: BASE }])
    expect(Object.keys(body.paths)).toContain('/api/usage/track')
    expect(Object.keys(body.paths).some((path) => path.startsWith(BASE))).toBe(false)
  })

  it('signs in and out with a cookie limited to it', async () => {
    const place = `${BASE}/api/session`
    const opened = await door().send('POST', place, { key: null, body: { credential: ADMIN_KEY } })
    expect(opened.status).toBe(201)
    const set = opened.headers.get('set-cookie') ?? ''
    const [, path = ''] = /Path=([^;]*)/.exec(set) ?? []
    expect(place.startsWith(path)).toBe(true)
    const cookie = set.split(';', 1)[0] ?? ''
    const seen = await door().send('GET', place, { key: null, headers: { cookie } })
    expect([seen.status, seen.body.kind]).toEqual([200, 'admin'])
    const headers = {
      cookie,
      origin: 'http://tollgate.test',
      'x-tollgate-csrf': opened.body.csrfToken,
    }
    const ended = await door().send('DELETE', place, { key: null, headers })
    expect(ended.status).toBe(200)
    expect(/Path=([^;]*)/.exec(ended.headers.get('set-cookie') ?? '')?.[1]).toBe(path)
    expect((await door().send('GET', place, { key: null, headers: { cookie } })).status).toBe(401)
  })

  it('is reached by a client with its address', async () => {
    const client = createClient({
      url: `http://tollgate.test${BASE}/`,
      key: ADMIN_KEY,
      retries: 0,
      fetch: (input, init) => door().handler(new Request(input, init)),
    })
    const { id } = await door().organization()
    expect(await client.organizations.get({ organizationId: id })).toMatchObject({ id })
  })

  it('accepts a path with one or more trailing slashes', async () => {
    for (const basePath of [`${BASE}/`, `${BASE}//`]) {
      const send = sender(createHandler(door().tollgate, { adminKey: ADMIN_KEY, basePath }))
      expect((await send('GET', `${BASE}/healthz`)).status).toBe(200)
      expect((await send('GET', '/openapi.json')).status).toBe(404)
      expect((await send('GET', `${BASE}/openapi.json`)).body.servers).toEqual([{ url: BASE }])
    }
  })

  it.each([
    'api/tollgate',
    'https://example.com/api',
    '/api//tollgate',
    '/api tollgate',
    '/api/:id',
    '/api/*',
    '/api/{id}',
    '/api?x=1',
    '/api#x',
    '/api/%20',
    '/über',
    '/..',
    '/api/../tollgate',
    '/./api',
    '"><script>',
    '/api\n',
    5,
    null,
  ])('refuses an invalid path: %j', (basePath) => {
    const make = () => createHandler(door().tollgate, { basePath: basePath as string })
    expect(make).toThrow(TypeError)
    expect(make).toThrow(/^basePath: /)
  })
})

describe('a handler at the root of its host', () => {
  const door = openDoor()

  it('starts with a page about the next steps', async () => {
    const page = await door().send('GET', '/', { key: null })
    expectPage(page)
    expect(page.body).toContain('<h1>Tollgate</h1>')
    expect(page.body).toContain('$TOLLGATE_URL/api/usage/track')
    expect(linksOf(page.body, '/').sort()).toEqual(['/docs', '/openapi.json', '/readyz'])
  })

  it('is also reached by an empty path and by a slash', async () => {
    for (const basePath of [undefined, '', '/']) {
      const options = basePath === undefined ? {} : { basePath }
      const send = sender(createHandler(door().tollgate, options))
      expect((await send('GET', '/')).status).toBe(200)
      expect((await send('GET', '/healthz')).status).toBe(200)
      expect((await send('GET', '/openapi.json')).body.servers).toEqual([{ url: '/' }])
    }
  })

  it('returns the location of a created object', async () => {
    const body = { id: 'acme', name: 'Acme', plan: 'rag-chatbot/trial' }
    const { headers } = await door().send('POST', '/api/organizations', { body })
    expect(headers.get('location')).toBe('/api/organizations/acme')
  })
})

/** The start page's steps, as written there. */
describe("the start page's first steps", () => {
  const door = openDoor()

  it('work as written', async () => {
    const { body: html } = await door().send('GET', '/', { key: null })
    const steps = [...html.matchAll(/<pre>([\s\S]*?)<\/pre>/g)].map(([, text = '']) =>
      text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'),
    )
    const answers: Answered[] = []
    for (const step of steps) {
      const [, path = ''] = /"\$TOLLGATE_URL([^"]+)"/.exec(step) ?? []
      const [, sent] = / -d '([^']+)'/.exec(step) ?? []
      const [, by = ''] = /-H "authorization: Bearer \$(\w+)"/.exec(step) ?? []
      const keys: Record<string, string | undefined> = {
        TOLLGATE_ADMIN_KEY: ADMIN_KEY,
        TOLLGATE_SERVICE_KEY: answers[1]?.body.key,
      }
      const key = keys[by] ?? null
      answers.push(await door().send(sent ? 'POST' : 'GET', path, { key, body: sent }))
    }
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 200, 200])
    expect(answers[2]?.body.allowed).toBe(true)
    expect(answers[3]?.body.month.events).toBe(1)
  })
})
