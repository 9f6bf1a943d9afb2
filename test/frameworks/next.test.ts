import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  metered,
  meteredAction,
  shared,
  toNextHandler,
  withApiKey,
  withTollgate,
} from '../../src/frameworks/next/index.ts'
import { currentCall } from '../../src/guard/current-call.ts'
import { type OpenedSubject, openSubject } from '../behaviour/open-subject.ts'
import { type LentDatabase, lentDatabase } from '../setup/embedded-databases.ts'
import { eventually } from '../setup/eventually.ts'
import { standing } from './asking.ts'
import { catalogs } from './catalog.ts'

const ADMIN_KEY = 'the-admin-key-of-the-next-door'
const context = { params: Promise.resolve({ id: 'seven' }) }

describe('the Next.js adapter', () => {
  let lent: LentDatabase
  let subject: OpenedSubject
  beforeAll(async () => {
    lent = await lentDatabase()
    subject = await openSubject(lent.database, { catalogs })
  })
  afterAll(async () => {
    await subject.tollgate.close()
    await lent.giveBack()
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })
  const getTollgate = () => Promise.resolve(subject.tollgate)
  const post = (headers: Record<string, string>, signal?: AbortSignal): Request =>
    new Request('http://host.test/orgs/seven?secret=1', { method: 'POST', headers, signal })
  const identify = (request: Request) => {
    const organizationId = request.headers.get('x-organization')
    return organizationId === null ? undefined : { organizationId }
  }
  const holding = { eventType: 'chat', identify, estimate: { quantities: { tokens: 100 } } }
  const founded = async () => {
    const organizationId = await subject.organization('desk/roomy')
    const stands = () => standing(subject.tollgate, organizationId)
    return { organizationId, headers: { 'x-organization': organizationId }, stands }
  }

  it('gives a handler its params, its hold and the current call', async () => {
    const { headers, organizationId, stands } = await founded()
    const route = metered(getTollgate, holding, async (request, { params, hold, ...call }) => {
      hold?.used({ quantities: { tokens: 42 } })
      const current = currentCall()
      return Response.json({
        ...(await params),
        method: request.method,
        current: current?.organizationId === call.organizationId,
        signal: call.signal === request.signal,
      })
    })
    const response = await route(post(headers), context)
    expect(response.headers.get('x-ratelimit-remaining')).toBe('9900')
    expect(await response.json()).toEqual({
      id: 'seven',
      method: 'POST',
      current: true,
      signal: true,
    })
    expect(await stands()).toEqual({ used: 42, held: 0, recorded: 42, events: 1 })
    const { events } = await subject.tollgate.usage.history({ organizationId })
    expect(events[0]).toMatchObject({ endpoint: '/orgs/seven', status: 200 })
  })

  it('reads the organization from the params if configured', async () => {
    const { organizationId, stands } = await founded()
    const route = metered(
      getTollgate,
      {
        eventType: 'chat',
        quantities: { tokens: 5 },
        identify: async (_request, { params }) => ({
          organizationId: (await params).organizationId,
        }),
      },
      () => Response.redirect('http://host.test/elsewhere', 302),
    )
    const asked = { params: Promise.resolve({ organizationId }) }
    const response = await route(post({}), asked)
    // An immutable answer still gets the limits' headers.
    expect([response.status, response.headers.get('x-ratelimit-remaining')]).toEqual([302, '9995'])
    expect((await stands()).used).toBe(5)
  })

  it('refuses before the handler runs, and answers 401 without a caller', async () => {
    const { headers, stands } = await founded()
    const handler = vi.fn(() => new Response())
    const greedy = { ...holding, estimate: { quantities: { tokens: 10_001 } } }
    const refused = await metered(getTollgate, greedy, handler)(post(headers), context)
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ type: 'urn:tollgate:refusal:limit-exceeded' })
    expect((await metered(getTollgate, holding, handler)(post({}), context)).status).toBe(401)
    expect(handler).not.toHaveBeenCalled()
    expect(await stands()).toMatchObject({ used: 0, held: 0 })
  })

  it('releases after a throw and rethrows; a redirect is no error', async () => {
    const { headers, stands } = await founded()
    const throwing = (error: Error) =>
      metered(getTollgate, holding, () => {
        throw error
      })(post(headers), context)
    await expect(throwing(new Error('the model failed'))).rejects.toThrow('the model failed')
    expect(await stands()).toMatchObject({ used: 0, held: 0 })
    const redirect = Object.assign(new Error('NEXT_REDIRECT'), {
      digest: 'NEXT_REDIRECT;replace;/elsewhere;307;',
    })
    await expect(throwing(redirect)).rejects.toBe(redirect)
    expect(await stands()).toMatchObject({ used: 100, held: 0 })
  })

  it("settles a stream's produced amount when the request is aborted, even without a reader", async () => {
    const { headers, stands } = await founded()
    const leaving = new AbortController()
    let isCancelled = false
    const route = metered(getTollgate, holding, (_request, { hold }) => {
      hold?.used({ quantities: { tokens: 3 } })
      return new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(1)),
          cancel: () => {
            isCancelled = true
          },
        }),
      )
    })
    const response = await route(post(headers, leaving.signal), context)
    expect((await stands()).held).toBe(100)
    leaving.abort()
    await eventually(async () => expect(await stands()).toMatchObject({ used: 3, held: 0 }))
    expect([response.status, isCancelled]).toEqual([200, true])
  })

  it('passes the pending settlement to `waitUntil`', async () => {
    const { headers, stands } = await founded()
    const kept: Promise<unknown>[] = []
    const waitUntil = (settled: Promise<unknown>) => void kept.push(settled)
    const route = metered(getTollgate, { ...holding, waitUntil }, () => new Response('text'))
    const response = await route(post(headers), context)
    expect(kept).toHaveLength(1)
    void response.text()
    await kept[0]
    expect(await stands()).toMatchObject({ used: 100, held: 0 })
    // Even if there is nothing to settle.
    await metered(getTollgate, { ...holding, waitUntil }, () => new Response())(post({}), context)
    expect(await kept[1]).toBeUndefined()
  })

  it('wraps an action: refusals are data, and redirects are no errors', async () => {
    const { organizationId, stands } = await founded()
    const options = {
      eventType: 'chat',
      identify: ([name]: readonly [string]) => (name === '' ? null : { organizationId: name }),
      estimate: { quantities: { tokens: 100 } },
    }
    const action = meteredAction(getTollgate, options, async ({ hold }, name: string) => {
      hold?.used({ quantities: { tokens: 9 } })
      return `hello ${name}`
    })
    expect(await action(organizationId)).toBe(`hello ${organizationId}`)
    expect(await action('')).toMatchObject({ refused: { status: 401 } })
    const greedy = { ...options, estimate: { quantities: { tokens: 10_001 } } }
    const refused = await meteredAction(getTollgate, greedy, async () => 'never')(organizationId)
    expect(refused).toMatchObject({ refused: { status: 429, reason: 'limit_exceeded' } })
    // Serializable data for the browser.
    expect(structuredClone(refused)).toEqual(refused)
    expect(await stands()).toMatchObject({ used: 9, held: 0 })
  })

  it('requires an API key, tracks and limits in one wrapper', async () => {
    const { organizationId, stands } = await founded()
    const { key } = await subject.tollgate.apiKeys.create({ organizationId, name: 'chat' })
    const options = { eventType: 'chat', quantities: { tokens: 2 } }
    const route = withApiKey(getTollgate, options, (_request, call) =>
      Response.json({ for: call.organizationId }),
    )
    const response = await route(post({ authorization: `Bearer ${key}` }), context)
    expect(response.headers.get('x-ratelimit-limit')).toBe('10000')
    expect(await response.json()).toEqual({ for: organizationId })
    expect((await route(post({}), context)).status).toBe(401)
    expect((await stands()).used).toBe(2)
  })

  it("serves Tollgate's own HTTP API below a path", async () => {
    const { organizationId } = await founded()
    const { GET } = toNextHandler(getTollgate, { basePath: '/billing', adminKey: ADMIN_KEY })
    const asked = (path: string) =>
      GET(
        new Request(`http://host.test${path}`, {
          headers: { authorization: `Bearer ${ADMIN_KEY}` },
        }),
      )
    expect((await asked('/billing/healthz')).status).toBe(200)
    const found = await asked(`/billing/api/organizations/${organizationId}`)
    expect(await found.json()).toMatchObject({ id: organizationId })
    expect((await asked(`/api/organizations/${organizationId}`)).status).toBe(404)
  })

  it('opens one engine for all callers, and retries a failed opening', async () => {
    let opened = 0
    const open = async () => {
      opened += 1
      if (opened === 1) throw new Error('not yet')
      return { number: opened }
    }
    const [here, again] = [shared(open, 'one-engine'), shared(open, 'one-engine')]
    await expect(Promise.all([here(), again()])).rejects.toThrow('not yet')
    const [one, other] = await Promise.all([here(), again()])
    expect([opened, one === other]).toEqual([2, true])
  })

  it('opens and decides nothing during a build', async () => {
    vi.stubEnv('NEXT_PHASE', 'phase-production-build')
    const open = vi.fn(getTollgate)
    await expect(shared(open, 'build')()).rejects.toMatchObject({ code: 'unavailable' })
    const { headers } = await founded()
    const route = metered(open, holding, () => new Response())
    await expect(route(post(headers), context)).rejects.toThrow('cannot make it static')
    expect(open).not.toHaveBeenCalled()
  })

  it('excludes the engine from the bundle, whatever else the configuration says', async () => {
    const names = (config: object) =>
      (config as { serverExternalPackages: readonly string[] }).serverExternalPackages
    const made = withTollgate({ serverExternalPackages: ['sharp'], poweredByHeader: false })
    expect(made).toMatchObject({ poweredByHeader: false })
    expect(names(made)).toEqual(expect.arrayContaining(['sharp', 'tollgate/server']))
    expect(names(withTollgate(made))).toEqual(names(made))
    const byPhase = await withTollgate(async (phase: string) => ({ distDir: phase }))('out')
    expect(byPhase).toMatchObject({ distDir: 'out' })
    expect(names(byPhase)).toContain('tollgate/next')
  })

  it('excludes every entry point from the bundle except the components', async () => {
    const { exports } = JSON.parse(await readFile('package.json', 'utf8'))
    const doors = Object.keys(exports).filter((name) => !/^\.$|react|json$/.test(name))
    const made = withTollgate({}) as unknown as {
      readonly serverExternalPackages: readonly string[]
      readonly webpack: (config: object, context: { isServer: boolean }) => { externals: unknown[] }
    }
    const root = exports['.'].default.replace('./', 'tollgate/').replace('/index.js', '')
    expect([...made.serverExternalPackages].sort()).toEqual(
      [root, ...doors.map((name) => name.replace('.', 'tollgate'))].sort(),
    )
    const { externals } = made.webpack({ externals: ['sharp'] }, { isServer: true })
    const [ask] = externals as [(asked: { request: string }) => Promise<unknown>]
    expect(await ask({ request: 'tollgate' })).toBe('module tollgate')
    expect(await ask({ request: 'tollgate/server' })).toBe('module tollgate/server')
    expect(await ask({ request: 'tollgate/react' })).toBeUndefined()
    expect(externals).toContain('sharp')
  })
})
