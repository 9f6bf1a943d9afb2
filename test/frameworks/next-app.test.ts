import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import { isLong } from '../setup/form.ts'
import { installNextApplication, type NextApplication } from '../setup/next-application.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { post, postAndLeave } from './asking.ts'

const ADMIN_KEY = 'the-admin-key-of-the-next-app'
const MINUTES_MS = 60_000

if (!isLong) {
  console.warn('\n!!! Next itself is only tried in the long form: TOLLGATE_TESTS=long\n')
}

/** A user's application, installed from the published package. */
describe.runIf(isLong)('a Next.js application', () => {
  const newFolder = temporaryFolders()
  let next: NextApplication
  let app = ''
  beforeAll(async () => {
    app = newFolder()
    const sources = join(import.meta.dirname, 'next-app')
    next = await installNextApplication(sources, app, { TOLLGATE_ADMIN_KEY: ADMIN_KEY })
  }, 10 * MINUTES_MS)
  afterAll(() => next?.stopAll())

  const started = (command: 'start' | 'dev') => next.start(command, '/billing/livez')
  const url = (path: string) => next.url(path)
  const tollgate = () => createClient({ url: url('/billing'), key: ADMIN_KEY })
  const acme = { 'x-organization': 'acme' }
  const lines = (name: string): number[] =>
    existsSync(join(app, name))
      ? readFileSync(join(app, name), 'utf8').trim().split('\n').map(Number)
      : []
  const tokens = async () => {
    const { limits } = await tollgate().usage.current({ organizationId: 'acme' })
    const one = limits.find(({ limit }) => limit === 'tokens/day')
    return { used: one?.used, held: one?.held }
  }

  it('builds without opening an engine', { timeout: 5 * MINUTES_MS }, () => {
    const said = next.run('npx', 'next', 'build')
    // The route that reads nothing of its request stayed dynamic, and was not counted.
    expect(said).toMatch(/ƒ \/chat/)
    expect(existsSync(join(app, 'opened.txt'))).toBe(false)
  })

  it('serves, refuses and settles, with one engine', { timeout: 3 * MINUTES_MS }, async () => {
    const child = await started('start')
    const allowed = await post(url('/chat'), acme)
    expect([allowed.status, allowed.body]).toEqual([200, { ok: true }])
    expect(allowed.headers.get('x-ratelimit-limit')).toBe('30')
    expect((await post(url('/chat'))).status).toBe(401)
    let counted = 42
    expect((await post(url('/stream'), { ...acme, 'x-pieces': '5' })).status).toBe(200)
    counted += 5
    await postAndLeave(url('/stream'), { ...acme, 'x-pieces': '100000' }, 3)
    await vi.waitFor(() => expect(lines('left.txt')).toHaveLength(1), { timeout: 10_000 })
    counted += lines('left.txt')[0] ?? 0
    const { key } = await tollgate().apiKeys.create({ organizationId: 'acme', name: 'chat' })
    const keyed = await post(url('/key'), { authorization: `Bearer ${key}` })
    expect(keyed.body).toEqual({ organizationId: 'acme' })
    counted += 2
    for (const answer of await actions(acme)) expect(answer.status).toBeLessThan(400)
    counted += 6 + 8
    const refused = await actions({})
    expect(refused.map(({ headers }) => headers.get('location') ?? '').join(' ')).toContain(
      '/refused?status=401',
    )
    await vi.waitFor(async () => expect(await tokens()).toEqual({ used: counted, held: 0 }))
    expect(lines('opened.txt')).toHaveLength(1)
    await next.stop(child)
  })

  it('keeps one engine in dev mode, through edits', { timeout: 4 * MINUTES_MS }, async () => {
    rmSync(join(app, 'opened.txt'), { force: true })
    const child = await started('dev')
    const route = join(app, 'app/chat/route.ts')
    const text = readFileSync(route, 'utf8')
    const before = (await tokens()).used ?? 0
    for (let edit = 1; edit <= 5; edit++) {
      writeFileSync(route, text.replace('{ ok: true }', `{ ok: true, edit: ${edit} }`))
      await vi.waitFor(
        async () => expect((await post(url('/chat'), acme)).body).toEqual({ ok: true, edit }),
        { timeout: 30_000, interval: 500 },
      )
      // The edits include the module that opens the engine.
      const opening = join(app, 'tollgate.ts')
      writeFileSync(opening, `${readFileSync(opening, 'utf8')}// edit ${edit}\n`)
    }
    expect((await post(url('/stream'), { ...acme, 'x-pieces': '1' })).status).toBe(200)
    expect(lines('opened.txt')).toHaveLength(1)
    await vi.waitFor(async () => expect((await tokens()).held).toBe(0))
    expect((await tokens()).used).toBeGreaterThanOrEqual(before + 5 * 42 + 1)
    await next.stop(child)
  })

  /** Submits both forms of the page like a browser without JavaScript. */
  const actions = async (headers: Record<string, string>): Promise<Response[]> => {
    const page = await (await fetch(url('/'))).text()
    const ids = [...new Set(page.match(/\$ACTION_ID_[0-9a-f]+/g))]
    expect(ids).toHaveLength(2)
    const answers: Response[] = []
    for (const id of ids) {
      const body = new FormData()
      body.set(id, '')
      const sent = { ...headers, origin: url('') }
      answers.push(
        await fetch(url('/'), { method: 'POST', body, headers: sent, redirect: 'manual' }),
      )
    }
    return answers
  }
})
