import { describe, expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { openDoor } from './door.ts'

const ROOT = '/api/admin/config'

const shop = (fields: Partial<CatalogInput> = {}): CatalogInput => ({
  key: 'shop',
  name: 'Shop',
  meters: [{ key: 'orders', unit: 'order', aggregation: 'count' }],
  eventTypes: [
    { key: 'order', name: 'Order', category: 'shop', baseCredits: '0', meters: { orders: 1 } },
  ],
  plans: [
    {
      key: 'small',
      name: 'Small',
      monthlyPriceUsd: '10',
      limits: [{ meter: 'orders', window: 'month', max: 5, behavior: 'hard' }],
    },
  ],
  ...fields,
})

describe('the catalogs', () => {
  const door = openDoor()

  it('in force are returned with versions and documents', async () => {
    const { status, body } = await door().send('GET', ROOT)
    expect(status).toBe(200)
    const catalogs = body.catalogs.map(({ catalog }: { catalog: string }) => catalog)
    expect(catalogs.sort()).toEqual(['ai-workspace', 'api-platform', 'rag-chatbot'])
    expect(body.catalogs[0].document.plans.length).toBeGreaterThan(0)
  })

  it('are applied as a whole, compared, and paged through by version', async () => {
    const dry = await door().send('PATCH', `${ROOT}?dryRun=true`, { body: { document: shop() } })
    expect(dry.status).toBe(200)
    expect(dry.body).toMatchObject({ catalog: 'shop', fromVersion: null })
    const inForce = await door().send('GET', ROOT)
    expect(JSON.stringify(inForce.body)).not.toContain('"shop"')

    const first = await door().send('PATCH', ROOT, { body: { document: shop(), note: 'opening' } })
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({
      catalog: 'shop',
      version: 1,
      source: 'api',
      actor: 'admin',
      note: 'opening',
    })
    const renamed = shop({ name: 'Bigger shop' })
    for (const [method, path] of [
      ['POST', `${ROOT}/diff`],
      ['PATCH', `${ROOT}?dryRun=true`],
    ] as const) {
      const { status, body } = await door().send(method, path, { body: { document: renamed } })
      expect(status).toBe(200)
      expect(body).toEqual({
        catalog: 'shop',
        fromVersion: 1,
        changes: [{ path: 'name', change: 'changed', before: 'Shop', after: 'Bigger shop' }],
      })
    }
    await door().send('PATCH', `${ROOT}?dryRun=false`, { body: { document: renamed } })
    const page = (query: string) => door().send('GET', `${ROOT}/versions?catalog=shop${query}`)
    const newest = await page('&limit=1')
    expect(newest.body).toMatchObject({ versions: [{ version: 2 }], before: 2 })
    const oldest = await page(`&limit=1&before=${newest.body.before}`)
    expect(oldest.body).toMatchObject({ versions: [{ version: 1 }], before: null })
    expect((await page('')).body.versions).toHaveLength(2)
  })

  it('with faults are refused as a whole, with every fault', async () => {
    const document = shop({
      eventTypes: [{ ...shop().eventTypes[0], baseCredits: '-1', meters: { nothing: 1 } } as never],
      plans: [{ ...shop().plans[0], upgradesTo: ['huge'] } as never],
    })
    for (const path of [ROOT, `${ROOT}?dryRun=true`]) {
      const { status, body } = await door().send('PATCH', path, { body: { document } })
      expect(status).toBe(400)
      const fields = body.errors.map(({ field }: { field: string }) => field)
      expect(fields).toContain('eventTypes.order.baseCredits')
      expect(fields).toContain('eventTypes.order.meters.nothing')
      expect(fields.join()).toContain('plans.small.upgradesTo')
    }
  })

  it.each([
    ['PATCH', ROOT, 'document', {}],
    ['PATCH', ROOT, 'document', { document: [] }],
    ['PATCH', ROOT, 'applyToExisting', { document: shop(), applyToExisting: 'yes' }],
    ['PATCH', ROOT, 'note', { document: shop(), note: '' }],
    ['PATCH', ROOT, 'dryRun', { document: shop(), dryRun: true }],
    ['PATCH', `${ROOT}?dryRun=yes`, 'dryRun', { document: shop() }],
    ['PATCH', `${ROOT}?dryrun=true`, 'dryrun', { document: shop() }],
    ['POST', `${ROOT}/diff?dryRun=true`, 'dryRun', { document: shop() }],
    ['POST', `${ROOT}/diff`, 'document', {}],
    ['POST', `${ROOT}/diff`, '__proto__', '{"__proto__":{"document":{}}}'],
    ['GET', `${ROOT}/versions`, 'catalog', undefined],
    ['GET', `${ROOT}/versions?catalog=Shop`, 'catalog', undefined],
    ['GET', `${ROOT}/versions?catalog=shop&limit=0`, 'limit', undefined],
    ['GET', `${ROOT}/versions?catalog=shop&limit=101`, 'limit', undefined],
    ['GET', `${ROOT}/versions?catalog=shop&limit=1e1`, 'limit', undefined],
    ['GET', `${ROOT}/versions?catalog=shop&limit=`, 'limit', undefined],
    ['GET', `${ROOT}/versions?catalog=shop&before=99999999999`, 'before', undefined],
  ])('%s %s is refused for %s: %j', async (method, path, field, body) => {
    const { status, body: problem } = await door().send(method, path, { body })
    expect(status).toBe(400)
    expect(problem.errors.map((fault: { field: string }) => fault.field)).toContain(field)
  })

  it('get 404 if unknown', async () => {
    const { status } = await door().send('GET', `${ROOT}/versions?catalog=nothing`)
    expect(status).toBe(404)
  })

  it('are read again on request', async () => {
    const { status, body } = await door().send('POST', `${ROOT}/refresh`)
    expect(status).toBe(200)
    expect(body.catalogs.length).toBeGreaterThanOrEqual(3)
  })
})

describe.each([
  {
    kind: 'event-types',
    list: 'eventTypes',
    existing: 'chat_message',
    made: { key: 'made', name: 'Made', category: 'ai_analysis', baseCredits: '3' },
    change: { baseCredits: '4.5' },
    changed: { key: 'made', name: 'Made', baseCredits: '4.5' },
    wrong: { baseCredits: '-1' },
    wrongField: 'baseCredits',
    misfit: { meters: { nothing: 1 } },
    misfitField: 'eventTypes.other.meters.nothing',
  },
  {
    kind: 'plans',
    list: 'plans',
    existing: 'enterprise',
    made: { key: 'made', name: 'Made', monthlyPriceUsd: '5', limits: [] },
    change: { monthlyPriceUsd: '6.5', applyToExisting: true },
    changed: { key: 'made', name: 'Made', monthlyPriceUsd: '6.5' },
    wrong: { limits: [{ meter: 'credits', window: 'eon', max: 1, behavior: 'hard' }] },
    wrongField: 'limits[0].window',
    misfit: { upgradesTo: ['nothing'] },
    misfitField: 'plans.other.upgradesTo[0]',
  },
])('$kind', ({ kind, list, existing, made, change, changed, ...faulty }) => {
  const { wrong, wrongField, misfit, misfitField } = faulty
  const door = openDoor()
  const path = `${ROOT}/${kind}`

  it('are added to a catalog, listed, read in three ways, and changed', async () => {
    const body = { catalog: 'ai-workspace', ...made }
    const created = await door().send('POST', path, { body })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject(made)
    for (const key of ['made', 'ai-workspace%2Fmade', 'ai-workspace/made']) {
      const { status, body: found } = await door().send('GET', `${path}/${key}`)
      expect([status, found]).toEqual([200, created.body])
      const patched = await door().send('PATCH', `${path}/${key}`, { body: change })
      expect(patched.status).toBe(200)
      expect(patched.body).toMatchObject(changed)
      await door().send('PATCH', `${path}/${key}`, { body: withoutKey(made) })
    }
    const listed = (await door().send('GET', path)).body[list]
    expect(listed.filter(({ key }: { key: string }) => key === 'made')).toMatchObject([body])
    const again = await door().send('POST', path, { body })
    expect([again.status, again.body.code]).toEqual([409, 'already_exists'])
  })

  it('with a key in several catalogs are read by catalog', async () => {
    const bare = await door().send('GET', `${path}/${existing}`)
    expect([bare.status, bare.body.errors[0].field]).toEqual([422, 'key'])
    const { status } = await door().send('GET', `${path}/rag-chatbot/${existing}`)
    expect(status).toBe(200)
  })

  it.each(['nothing', 'ai-workspace/nothing', 'nothing/made', '%25', 'a%2Fb%2Fc'])(
    'get 404 if unknown: %s',
    async (key) => {
      for (const method of ['GET', 'PATCH']) {
        const body = method === 'PATCH' ? {} : undefined
        const { status, body: problem } = await door().send(method, `${path}/${key}`, { body })
        expect([status, problem.code]).toEqual([404, 'not_found'])
      }
    },
  )

  it('cannot be added to an unknown catalog', async () => {
    const { status } = await door().send('POST', path, { body: { catalog: 'nothing', ...made } })
    expect(status).toBe(404)
  })

  it.each([
    [{ ...made }, 'catalog'],
    [{ catalog: 5, ...made }, 'catalog'],
  ])('%j is refused by %s', async (body, field) => {
    const { status, body: problem } = await door().send('POST', path, { body })
    expect([status, problem.errors[0].field]).toEqual([400, field])
  })

  it('with faults are refused, with every fault', async () => {
    const body = { catalog: 'ai-workspace', ...made, key: 'other', ...wrong, surplus: 1 }
    const { status, body: problem } = await door().send('POST', path, { body })
    expect(status).toBe(400)
    const fields = problem.errors.map(({ field }: { field: string }) => field)
    expect(fields.sort()).toEqual([wrongField, 'surplus'])
    // A fault in the catalog, not in the schema, is named by its place in the catalog.
    const other = { catalog: 'ai-workspace', ...made, key: 'other', ...misfit }
    const unfit = await door().send('POST', path, { body: other })
    expect(unfit.status).toBe(400)
    expect(unfit.body.errors.map(({ field }: { field: string }) => field)).toEqual([misfitField])
    const key = `ai-workspace/${existing}`
    const patched = await door().send('PATCH', `${path}/${key}`, { body: wrong })
    expect([patched.status, patched.body.errors[0].field]).toEqual([400, wrongField])
  })

  it('accept no `__proto__` key', async () => {
    const text = JSON.stringify({ catalog: 'ai-workspace', ...made, key: 'evil' })
    const body = text.replace(/\}$/, ',"__proto__":{"active":false}}')
    const { status, body: problem } = await door().send('POST', path, { body })
    expect(status).toBe(400)
    expect(problem.errors[0].field).toContain('__proto__')
    const patched = await door().send('PATCH', `${path}/ai-workspace/${existing}`, {
      body: '{"__proto__":{"active":false}}',
    })
    expect([patched.status, patched.body.errors[0].field]).toEqual([400, '__proto__'])
  })
})

const withoutKey = ({ key: _, ...rest }: { key: string }) => rest

describe('plans', () => {
  const door = openDoor()

  it('move their organizations only on request', async () => {
    const { id } = await door().organization('api-platform/free')
    const limitOf = async () =>
      (await door().tollgate.usage.current({ organizationId: id })).limits[0]?.max
    const limits = (max: number) => ({
      limits: [{ meter: 'api_calls', window: 'month', max, behavior: 'hard' }],
    })
    const path = `${ROOT}/plans/api-platform/free`
    const before = await limitOf()
    await door().send('PATCH', path, { body: limits(7) })
    expect(await limitOf()).toBe(before)
    await door().send('PATCH', path, { body: { ...limits(8), applyToExisting: true } })
    expect(await limitOf()).toBe(8)
    const wrong = await door().send('PATCH', path, { body: { applyToExisting: 'yes' } })
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'applyToExisting'])
  })
})

describe('model prices', () => {
  const door = openDoor()
  const path = `${ROOT}/model-prices`
  const price = {
    provider: 'openai',
    model: 'gpt-4o',
    inputUsdPerMillion: '1',
    outputUsdPerMillion: '2',
  }

  it('are set in a catalog and listed with it', async () => {
    const { status, body } = await door().send('POST', path, {
      body: { catalog: 'rag-chatbot', ...price },
    })
    expect([status, body]).toEqual([200, price])
    const listed = await door().send('GET', path)
    expect(listed.body.modelPrices).toEqual([{ catalog: 'rag-chatbot', ...price }])
  })

  it.each([
    [{ ...price }, 400, 'catalog'],
    [{ catalog: 'rag-chatbot', ...price, inputUsdPerMillion: '-1' }, 400, 'inputUsdPerMillion'],
    [
      { catalog: 'rag-chatbot', ...price, outputUsdPerMillion: undefined },
      400,
      'outputUsdPerMillion',
    ],
    [{ catalog: 'rag-chatbot', ...price, surplus: 1 }, 400, 'surplus'],
  ])('%j is refused: %i by %s', async (body, status, field) => {
    const { status: given, body: problem } = await door().send('POST', path, { body })
    expect(given).toBe(status)
    expect(problem.errors[0].field).toContain(field)
  })
})
