import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { eventually } from '../setup/eventually.ts'
import { isLong } from '../setup/form.ts'
import { installNextApplication, type NextApplication } from '../setup/next-application.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'

const ADMIN_KEY = 'the-admin-key-of-the-workspace'
const MINUTES_MS = 60_000
const STRUCTURING = 'structuring/analyze-pain-points'
const TASKS = [
  { path: STRUCTURING, base: 8 },
  { path: 'structuring/generate-solution', base: 15 },
  { path: 'visuals/generate-planning', base: 12 },
  { path: 'solutioning/structure-solution', base: 18 },
]
/** 120 words: complexity 1.2. */
const TEXT = 'Exports take an hour. '.repeat(30)

if (!isLong) {
  console.warn(
    '\n!!! The example application is only served in the long form: TOLLGATE_TESTS=long\n',
  )
}

describe.runIf(isLong)('the example application', () => {
  const newFolder = temporaryFolders()
  let app: NextApplication
  /** The expected totals, counted here by hand. */
  const counted = { acme: { calls: 0, credits: 0 }, globex: { calls: 0, credits: 0 } }
  const tokens: Record<string, string> = {}

  beforeAll(async () => {
    const sources = resolve(import.meta.dirname, '../../examples/ai-workspace')
    const env = { TOLLGATE_ADMIN_KEY: ADMIN_KEY, OPENAI_API_KEY: '', ANTHROPIC_API_KEY: '' }
    app = await installNextApplication(sources, newFolder(), env)
    app.run(process.execPath, join(app.folder, 'node_modules/next/dist/bin/next'), 'build')
    await app.start('start', '/billing/livez')
    for (const userId of ['ada', 'vic', 'gil']) {
      const { body } = await send('POST', '/api/demo/sign-in', { body: { userId } })
      tokens[userId] = body.token
    }
  }, 10 * MINUTES_MS)
  afterAll(() => app?.stopAll())

  const send = async (
    method: string,
    path: string,
    { as, body, headers = {} }: { as?: string; body?: unknown; headers?: object } = {},
  ) => {
    const response = await fetch(app.url(path), {
      method,
      headers: {
        'content-type': 'application/json',
        ...(as !== undefined && { authorization: `Bearer ${tokens[as]}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      ...response,
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    }
  }
  const ask = async (as: string, organizationId: 'acme' | 'globex', path: string, more = {}) => {
    const answer = await send('POST', `/api/organizations/${organizationId}/${path}`, {
      as,
      body: { text: TEXT, ...more },
    })
    if (answer.status === 200) {
      counted[organizationId].calls += 1
      counted[organizationId].credits += answer.body.usage.creditsConsumed
    }
    return answer
  }
  /** Reads the beginning of a chat answer, and leaves like a closed browser. */
  const readAndLeave = async (text: string, headers: Record<string, string>) => {
    const leaving = new AbortController()
    const response = await fetch(app.url('/api/widget/chat'), {
      method: 'POST',
      headers,
      body: JSON.stringify({ text }),
      signal: leaving.signal,
    })
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.read()
    leaving.abort()
  }
  const tollgate = () => createClient({ url: app.url('/billing'), key: ADMIN_KEY })
  const current = (organizationId: string) => tollgate().usage.current({ organizationId })

  it('serves an interactive page', async () => {
    const { status, text } = await send('GET', '/')
    expect(status).toBe(200)
    expect(text).toContain('Analyze pain points')
  })

  it('prices each task by its size, and shows the price', async () => {
    for (const { path, base } of TASKS) {
      const { status, body } = await ask('ada', 'acme', path)
      expect([path, status, body.complexity]).toEqual([path, 200, 1.2])
      expect(body.usage.creditsConsumed).toBeCloseTo(base * 1.2, 6)
      expect(body.usage.remainingCredits).toBeCloseTo(10_000 - counted.acme.credits, 6)
      expect(body.result).toContain('Exports take an hour.')
    }
    const { body } = await ask('vic', 'acme', STRUCTURING, { echo: true, traceback: true })
    expect(body.usage.creditsConsumed).toBeCloseTo(8 * 1.2 + 5 + 3, 6)
  })

  it('charges nothing for an invalid task', async () => {
    const { status } = await ask('ada', 'acme', STRUCTURING, { text: '' })
    expect(status).toBe(400)
    expect((await ask('ada', 'acme', 'solutioning/structure-solution', { text: 7 })).status).toBe(
      400,
    )
  })

  it('hides an organization from non-members, and asks unknown users to sign in', async () => {
    for (const { path } of TASKS) {
      expect((await ask('ada', 'globex', path)).status).toBe(404)
      expect((await ask('gil', 'acme', path)).status).toBe(404)
      expect((await ask('nobody', 'acme', path)).status).toBe(401)
    }
    const dashboard = '/billing/api/organizations/acme/usage/dashboard'
    expect((await send('GET', dashboard, { as: 'vic' })).status).toBe(200)
    expect((await send('GET', dashboard, { as: 'gil' })).status).toBe(404)
  })

  it('gives each role its rights, and each plan its features', async () => {
    const path = '/billing/api/organizations/acme/usage/management'
    const body = { warnPercent: 90 }
    expect((await send('PATCH', path, { as: 'vic', body })).status).toBe(403)
    expect((await send('PATCH', path, { as: 'ada', body })).status).toBe(200)
    const refused = await ask('gil', 'globex', 'visuals/generate-planning')
    expect([refused.status, refused.body.reason]).toEqual([403, 'feature_not_included'])
  })

  it("refuses past the plan's credits, and suggests an upgrade", async () => {
    await tollgate().limits.override({
      organizationId: 'globex',
      meter: 'credits',
      window: 'period',
      max: 40,
      behavior: 'hard',
      reason: 'test',
    })
    const statuses: number[] = []
    for (let times = 0; times < 4; times += 1) {
      statuses.push((await ask('gil', 'globex', 'structuring/generate-solution')).status)
    }
    expect(statuses).toEqual([200, 200, 402, 402])
    const { body, headers } = await ask('gil', 'globex', 'solutioning/structure-solution')
    expect(body).toMatchObject({ reason: 'credits_exhausted', status: 402 })
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect((await ask('ada', 'acme', STRUCTURING)).status).toBe(200)
  })

  it("streams the chat, settles what a leaving visitor has read, and ends with the day's tokens", {
    timeout: MINUTES_MS,
  }, async () => {
    const site = { 'x-widget-site': 'acme-site', 'x-visitor': 'one' }
    const chat = (text: string) =>
      send('POST', '/api/widget/chat', { body: { text }, headers: site })
    const daily = async () => {
      const { limits } = await current('acme-website')
      return limits.find(({ limit }) => limit === 'tokens/day')
    }
    expect((await send('POST', '/api/widget/chat', { body: { text: 'Hi' } })).status).toBe(401)
    const answer = await chat('How long does it take?')
    expect([answer.status, answer.text]).toEqual([
      200,
      'You asked: "How long does it take?" Here is what we know of it.',
    ])
    await eventually(async () => expect((await daily())?.held).toBe(0))
    const whole = (await daily())?.used ?? 0
    expect(whole).toBeGreaterThan(20)
    const long = `${'why '.repeat(400)}?`
    await readAndLeave(long, site)
    await eventually(async () => expect((await daily())?.held).toBe(0))
    // The question has 414 tokens, and so has its complete answer.
    const left = ((await daily())?.used ?? 0) - whole
    expect(left).toBeGreaterThan(414)
    expect(left).toBeLessThan(600)
    // The call needs more than the day has left.
    await tollgate().limits.override({
      organizationId: 'acme-website',
      meter: 'tokens',
      window: 'day',
      behavior: 'hard',
      max: ((await daily())?.used ?? 0) + 700,
      reason: 'test',
    })
    const statuses = [(await chat('Hi')).status]
    for (let times = 0; times < 9 && statuses.at(-1) === 200; times += 1)
      statuses.push((await chat('Hi')).status)
    expect(statuses.at(0)).toBe(200)
    expect(statuses.at(-1)).toBe(429)
    const refused = await chat('Hi')
    expect(refused.body).toMatchObject({ reason: 'limit_exceeded' })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it("renders its pages with the API's figures, for the signed-in user", async () => {
    const signedIn = (as: string) => ({ headers: { cookie: `workspace-session=${tokens[as]}` } })
    const page = async (path: string, as: string) => {
      const { status, text } = await send('GET', path, signedIn(as))
      expect([path, as, status]).toEqual([path, as, 200])
      return text
    }
    const { key } = await tollgate().apiKeys.create({
      organizationId: 'acme',
      name: 'Of the nightly import',
      scopes: ['usage.read'],
    })
    const { month } = await current('acme')
    const used = month.credits.toLocaleString('en-US')
    const usage = await page('/usage', 'ada')
    expect(usage).toContain(used)
    expect(usage).not.toContain('Loading')
    const preview = await tollgate().invoices.preview({ organizationId: 'acme' })
    const plan = await page('/plan', 'ada')
    expect(plan).toContain(`$${preview.total}`)
    expect(plan).toContain('Starter')
    const keys = await page('/keys', 'ada')
    expect(keys).toContain('Of the nightly import')
    expect(keys).not.toContain(key)
    // A viewer has neither right.
    expect(await page('/plan', 'vic')).not.toContain(`$${preview.total}`)
    expect(await page('/keys', 'vic')).not.toContain('Of the nightly import')
    for (const path of ['/usage', '/plan', '/keys']) {
      const seen = await page(path, 'gil')
      expect(seen).toContain('Globex')
      expect(seen).not.toMatch(/acme|Of the nightly import/i)
      const away = await fetch(app.url(path), { redirect: 'manual' })
      expect([path, away.status, away.headers.get('location')]).toEqual([path, 307, '/'])
    }
    const readToken = async (as: string) =>
      (await send('GET', '/api/read-token', signedIn(as))).body as { token: string }
    const see = async (as: string, path: string) => {
      const { token } = await readToken(as)
      const headers = { authorization: `Bearer ${token}` }
      return (await send('GET', `/billing/api/organizations/${path}`, { headers })).status
    }
    expect(await see('ada', 'acme/invoices/preview')).toBe(200)
    expect(await see('vic', 'acme/invoices/preview')).toBe(403)
    expect(await see('vic', 'acme/usage/dashboard')).toBe(200)
    expect(await see('gil', 'acme/usage/dashboard')).toBe(404)
    expect((await send('GET', '/api/read-token')).status).toBe(401)
  })

  it('records in its ledger what was counted here, and holds nothing', async () => {
    for (const id of ['acme', 'globex'] as const) {
      await eventually(async () => {
        for (const { limit, held } of (await current(id)).limits)
          expect([id, limit, held]).toEqual([id, limit, 0])
      })
      const { month } = await current(id)
      expect([id, month.events]).toEqual([id, counted[id].calls])
      expect(month.credits).toBeCloseTo(counted[id].credits, 6)
      let credits = 0
      let calls = 0
      for await (const event of await tollgate().usage.export({ organizationId: id })) {
        credits += event.credits
        calls += 1
      }
      expect(calls).toBe(counted[id].calls)
      expect(credits).toBeCloseTo(counted[id].credits, 6)
    }
    expect(counted.acme.calls).toBe(6)
    expect(counted.globex.calls).toBe(2)
  })
})
