import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createClient, type TollgateClient, TollgateError } from '../../src/client/index.ts'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import type { Handler } from '../../src/server.ts'
import { held } from '../setup/held.ts'
import { ADMIN_KEY, openDoor } from './door.ts'

const URL_OF_TOLLGATE = 'http://tollgate.test'

const clientOf = (handler: Handler, key = ADMIN_KEY, url = URL_OF_TOLLGATE): TollgateClient =>
  createClient({ url, key, retries: 0, fetch: (input, init) => handler(new Request(input, init)) })

/** A promise's rejection. */
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

const DIAGNOSIS = { eventType: 'structuring_diagnose', properties: { complexity: 2, echo: true } }

describe('the client', () => {
  const door = openDoor()
  const admin = () => clientOf(door().handler)

  it('creates an organization with a key, and acts for it', async () => {
    const made = await admin().organizations.create({
      id: 'acme',
      name: 'Acme',
      plan: 'ai-workspace/starter',
      startsAt: new Date('2026-03-01T00:00:00Z'),
    })
    expect(made).toEqual(await door().tollgate.organizations.get({ organizationId: 'acme' }))
    const { key } = await admin().apiKeys.create({ organizationId: 'acme', name: 'own' })
    const own = clientOf(door().handler, key)
    expect(await own.organizations.get({ organizationId: 'acme' })).toEqual(made)
    const decision = await own.track({ ...DIAGNOSIS, id: 'one' })
    expect(decision.replayed).toBe(false)
    expect(decision).toMatchObject({ allowed: true, credits: 25, usage: { usageEventId: 'one' } })
    expect(await own.track({ ...DIAGNOSIS, id: 'one' })).toEqual({ ...decision, replayed: true })
    expect(await own.usage.current({ organizationId: 'acme' })).toEqual(
      await door().tollgate.usage.current({ organizationId: 'acme' }),
    )
    expect(await own.check(DIAGNOSIS)).toMatchObject({ allowed: true, credits: 25 })
  })

  it('uses an idempotency key as the missing id, in any characters', async () => {
    const { id, key } = await door().organization()
    const own = clientOf(door().handler, key)
    const idempotencyKey = 'заказ-7/ü'
    const decision = await own.track(DIAGNOSIS, { idempotencyKey })
    expect(decision.usage.usageEventId).toBe(idempotencyKey)
    expect((await own.track(DIAGNOSIS, { idempotencyKey })).replayed).toBe(true)
    const named = await own.track({ ...DIAGNOSIS, id: 'own' }, { idempotencyKey })
    expect(named.usage.usageEventId).toBe('own')
    const once = { ...DIAGNOSIS }
    expect(await own.record(once, { idempotencyKey: 'r' })).toMatchObject({ accepted: 1 })
    expect(await own.record([once], { idempotencyKey: 'r' })).toMatchObject({ duplicates: 1 })
    expect(
      await admin().reverse({ organizationId: id, eventId: idempotencyKey, reason: 'mistake' }),
    ).toMatchObject({ reverses: idempotencyKey, replayed: false })
  })

  it('records like the engine in process, and nothing for an empty list', async () => {
    const { id, key } = await door().organization()
    const own = clientOf(door().handler, key)
    const events = [DIAGNOSIS, { eventType: 'nope' }, { ...DIAGNOSIS, organizationId: id }]
    const remote = await own.record(events)
    const local = await door().tollgate.record(
      events.map((event) => ({ ...event, organizationId: id })),
    )
    expect(remote).toEqual(local)
    expect(await own.record({ eventType: 'nope' })).toMatchObject({
      accepted: 0,
      rejected: [{ index: 0, field: 'eventType' }],
    })
    expect(await own.record([])).toEqual(await door().tollgate.record([]))
    const old = { ...DIAGNOSIS, organizationId: id, timestamp: '2026-03-10T00:00:00Z' }
    expect(await admin().record(old, { backfill: true })).toMatchObject({ accepted: 1 })
  })

  it('returns a refusal as a decision, even about unknown names', async () => {
    const { id, key } = await door().organization('rag-chatbot/trial')
    const own = clientOf(door().handler, key)
    const tooMuch = { eventType: 'chat_message', quantities: { tokens: 10_001 } }
    expect(await own.track(tooMuch)).toMatchObject({ reason: 'limit_exceeded' })
    for (const event of [
      { eventType: 'nope', organizationId: id },
      { eventType: 'chat_message', organizationId: 'nobody' },
    ]) {
      const strip = ({ decisionId: _, ...decision }: { decisionId: string }) => decision
      expect(strip(await admin().check(event))).toEqual(strip(await door().tollgate.check(event)))
      expect((await admin().track(event)).allowed).toBe(false)
      expect(await admin().reserve(event)).toMatchObject({ allowed: false, reservationId: null })
    }
  })

  it('reserves, extends, settles and releases', async () => {
    const { id, key } = await door().organization('rag-chatbot/trial')
    const own = clientOf(door().handler, key)
    const call = { eventType: 'chat_message', quantities: { tokens: 100 } }
    const { reservationId } = held(await own.reserve(call))
    const more = await own.extend({ organizationId: id, reservationId, quantities: { tokens: 50 } })
    expect(more).toMatchObject({ allowed: true, reservationId })
    const settled = await own.settle({
      organizationId: id,
      reservationId,
      quantities: { tokens: 120 },
    })
    expect(settled).toMatchObject({ state: 'settled', settled: { tokens: 120 }, replayed: false })
    const again = await own.settle({ organizationId: id, reservationId, quantities: { tokens: 1 } })
    expect(again).toEqual({ ...settled, replayed: true })
    const other = held(await own.reserve(call))
    const released = await own.release({
      organizationId: id,
      reservationId: other.reservationId,
    })
    expect(released.state).toBe('released')
  })

  it('overrides a limit', async () => {
    const { id } = await door().organization('rag-chatbot/trial')
    const override = { meter: 'tokens', window: 'day', max: 3, behavior: 'hard' } as const
    const made = await admin().limits.override({ organizationId: id, ...override, reason: 'abuse' })
    expect(made).toMatchObject({ ...override, organizationId: id })
  })

  it('reads and changes catalogs', async () => {
    const { tollgate } = door()
    expect(await admin().catalog.inForce()).toEqual(await tollgate.catalog.inForce())
    expect(await admin().eventRegistry.listEventDefinitions()).toEqual(
      await tollgate.eventRegistry.listEventDefinitions(),
    )
    expect(await admin().planRegistry.listPlans()).toEqual(await tollgate.planRegistry.listPlans())
    const key = 'api-platform/api_call'
    const definition = await admin().eventRegistry.getEventDefinition(key)
    expect(definition).toEqual(await tollgate.eventRegistry.getEventDefinition(key))

    const made = { key: 'made', name: 'Made', category: 'api', baseCredits: '0' }
    expect(await admin().eventRegistry.createEventDefinition('api-platform', made)).toMatchObject(
      made,
    )
    const renamed = await admin().eventRegistry.updateEventDefinition('made', { name: 'Other' })
    expect(renamed.name).toBe('Other')
    expect((await admin().eventRegistry.deactivate('made')).active).toBe(false)
    await admin().eventRegistry.refresh()

    const plan = { key: 'tiny', name: 'Tiny', monthlyPriceUsd: '1', limits: [] }
    expect(await admin().planRegistry.createPlan('api-platform', plan)).toMatchObject(plan)
    const dearer = await admin().planRegistry.updatePlan(
      'api-platform/tiny',
      { monthlyPriceUsd: '2' },
      { applyToExisting: true },
    )
    expect(dearer).toEqual(await admin().planRegistry.getPlan('tiny'))
    expect(dearer.monthlyPriceUsd).toBe('2')
    await admin().planRegistry.refresh()

    const price = {
      provider: 'openai',
      model: 'gpt-4o',
      inputUsdPerMillion: '1',
      outputUsdPerMillion: '2',
    }
    expect(await admin().catalog.modelPrices.set({ catalog: 'rag-chatbot', ...price })).toEqual(
      price,
    )
    expect(await admin().catalog.modelPrices.list()).toEqual([{ catalog: 'rag-chatbot', ...price }])
  })

  it('compares, applies and pages through whole documents', async () => {
    const inForce = await admin().catalog.inForce()
    const current = inForce.find(({ catalog }) => catalog === 'ai-workspace')
    const document = { ...(current?.document as unknown as CatalogInput), name: 'Renamed' }
    expect(await admin().catalog.diff({ document })).toMatchObject({
      changes: [{ path: 'name', change: 'changed' }],
    })
    const applied = await admin().catalog.apply({ document, note: 'why not' }, { actor: 'ignored' })
    expect(applied).toMatchObject({ actor: 'admin', note: 'why not', source: 'api' })
    const newest = await admin().catalog.versions({ catalog: 'ai-workspace', limit: 1 })
    expect(newest).toEqual({ versions: [applied], before: applied.version })
    const older = await admin().catalog.versions({
      catalog: 'ai-workspace',
      before: applied.version,
    })
    expect(older.versions.length).toBeGreaterThan(0)
    expect(older.versions.every(({ version }) => version < applied.version)).toBe(true)
    expect(older.before).toBeNull()
  })

  it("throws the engine's errors, with code and fields", async () => {
    const error = await failureOf(admin().track({ eventType: 'x', inputTokens: -1 } as never))
    expect(error).toBeInstanceOf(TollgateError)
    expect(error).toMatchObject({ code: 'invalid_request', status: 400 })
    const { organization } = door()
    const { id, key } = await organization()
    const faults = await failureOf(
      clientOf(door().handler, key).track({ ...DIAGNOSIS, organizationId: id, inputTokens: -1 }),
    )
    expect(faults).toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'inputTokens', message: expect.any(String) }],
    })
    const none = await failureOf(admin().organizations.get({ organizationId: 'none' }))
    expect(none).toMatchObject({ code: 'not_found', status: 404 })
    const own = clientOf(door().handler, key)
    expect(await failureOf(own.organizations.get({ organizationId: 'other' }))).toMatchObject({
      code: 'not_found',
    })
    expect(await failureOf(own.catalog.inForce())).toMatchObject({ code: 'forbidden' })
    const nobody = clientOf(door().handler, 'nobody')
    expect(await failureOf(nobody.catalog.inForce())).toMatchObject({ code: 'unauthenticated' })
  })

  it.each([
    ['cannot be reached', () => Promise.reject(new TypeError('fetch failed')), 'unavailable'],
    ['breaks off', async () => new Response(broken()), 'unavailable'],
    ['stands behind a gateway that fails', async () => html(502), 'unavailable'],
    ['is not what answers', async () => html(200), 'internal'],
    [
      'is another server',
      async () => Response.json({ code: 'teapot' }, { status: 418 }),
      'internal',
    ],
    ['answers null', async () => new Response('null', { status: 500 }), 'internal'],
  ])('says when Tollgate %s', async (_, handler, code) => {
    const error = await failureOf(clientOf(handler).check(DIAGNOSIS))
    expect(error).toBeInstanceOf(TollgateError)
    expect(error).toMatchObject({ code })
  })

  it('lets the server name an invalid date, in a query or a body', async () => {
    const { id, key } = await door().organization()
    const own = clientOf(door().handler, key)
    const never = new Date('no date')
    expect(
      await failureOf(own.usage.series({ organizationId: id, startDate: never })),
    ).toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'startDate' }],
    })
    expect(await failureOf(own.track({ ...DIAGNOSIS, timestamp: never }))).toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'timestamp' }],
    })
  })

  it('aborts a request after its time-out', async () => {
    const hanging = createClient({
      url: URL_OF_TOLLGATE,
      key: 'k',
      retries: 0,
      timeoutMs: 1,
      fetch: (_input, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
        }),
    })
    expect(await failureOf(hanging.check(DIAGNOSIS))).toMatchObject({ code: 'timed_out' })
  })

  it('reaches Tollgate below a path, and escapes path parameters', async () => {
    const asked: string[] = []
    const handler: Handler = async (request) => {
      asked.push(new URL(request.url).pathname)
      return Response.json({})
    }
    const client = clientOf(handler, 'k', 'https://example.com/tollgate/')
    await client.organizations.get({ organizationId: 'a/../b' })
    await client.eventRegistry.getEventDefinition('shop/order')
    expect(asked).toEqual([
      '/tollgate/api/organizations/a%2F..%2Fb',
      '/tollgate/api/admin/config/event-types/shop%2Forder',
    ])
  })

  it('refuses an invalid address or key', () => {
    expect(() => createClient({ url: 'tollgate', key: 'k' })).toThrow()
    expect(() => createClient({ url: URL_OF_TOLLGATE, key: '' })).toThrow(/^key: /)
    expect(() => createClient({ url: URL_OF_TOLLGATE, key: 'a\nb' })).toThrow(/^key: /)
  })

  it('is safe in a browser: uses nothing of Node, and no package', () => {
    const seen = new Set<string>()
    const follow = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      const source = readFileSync(file, 'utf8')
      // Type-only imports are not shipped.
      const imports = source.matchAll(
        /^(?:import|export) (?!type )[^'"]*? from '([^']+)'|(?<!typeof )\bimport\('([^']+)'\)/gms,
      )
      for (const [, atOnce, later] of imports) {
        const target = (atOnce ?? later) as string
        expect(target, `${file} imports ${target}`).toMatch(/^\.\.?\//)
        follow(resolve(dirname(file), target))
      }
    }
    follow(fileURLToPath(new URL('../../src/client/index.ts', import.meta.url)))
    for (const known of ['contract/errors.ts', 'client/lines.ts', 'facade/actions.ts']) {
      expect([...seen].some((file) => file.endsWith(known))).toBe(true)
    }
    expect([...seen].some((file) => /src\/(engine|storage|http)\//.test(file))).toBe(false)
  })
})

const broken = (): ReadableStream =>
  new ReadableStream({ pull: (controller) => controller.error(new Error('connection reset')) })

const html = (status: number): Response =>
  new Response('<h1>Hello</h1>', { status, headers: { 'content-type': 'text/html' } })
