import { type ChildProcess, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../src/client/index.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { proxiedUrl, startTcpProxy } from '../faults/tcp-proxy.ts'
import { eventually } from '../setup/eventually.ts'
import { isLong } from '../setup/form.ts'
import { installNextApplication, type NextApplication } from '../setup/next-application.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { post, postAndLeave, standing } from './asking.ts'
import { catalogs } from './catalog.ts'

const ADMIN_KEY = 'the-admin-key-of-the-next-app'
const MINUTES_MS = 60_000
const EDITS = 20
const MOST_GROWTH_MB = 250

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
    writeFileSync(join(app, 'desk.json'), JSON.stringify(catalogs[0]?.document))
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
  const tokens = async (organizationId = 'acme') => {
    const { limits } = await tollgate().usage.current({ organizationId })
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
    await eventually(() => expect(lines('left.txt')).toHaveLength(1))
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
    await eventually(async () => expect(await tokens()).toEqual({ used: counted, held: 0 }))
    expect(lines('opened.txt')).toHaveLength(1)
    await next.stop(child)
  })

  describeOnPostgres('in two processes on one database', (open, databaseUrl) => {
    let engine: TollgateEngine
    let two: NextApplication[] = []
    beforeAll(async () => {
      engine = await createTollgate({ database: await open(), catalogs })
    })
    afterAll(async () => {
      await Promise.all(two.map((one) => one.stopAll()))
      await engine.close()
    })
    const founded = async (plan: string, tokens = 0) => {
      const organizationId = `of-${plan}-${tokens}`
      await engine.organizations.create({ id: organizationId, name: plan, plan: `desk/${plan}` })
      const used = { organizationId, eventType: 'chat', quantities: { tokens } }
      if (tokens > 0) await engine.record(used)
      return { organizationId, headers: { 'x-organization': organizationId } }
    }
    const ask = (nth: number, headers: Record<string, string>) =>
      post(two[nth % two.length]?.url('/desk') ?? '', headers)

    it('allows what fits, refuses with its status and settles all', {
      timeout: 5 * MINUTES_MS,
    }, async () => {
      const proxy = await startTcpProxy(databaseUrl())
      const throughProxy = proxiedUrl(databaseUrl(), proxy)
      two = [
        await next.beside({ DATABASE_URL: databaseUrl() }),
        await next.beside({ DATABASE_URL: throughProxy }),
      ]
      for (const one of two) await one.start('start', '/billing/readyz')

      // Each holds 100 and uses 42, so the last of the rest is refused, whichever process has it.
      const { organizationId, headers } = await founded('roomy', 10_000 - 42 * 9 - 99)
      const answers = []
      for (let nth = 0; nth < 12; nth++) answers.push(await ask(nth, headers))
      expect(answers.map(({ status }) => status)).toEqual([
        ...Array.from({ length: 9 }, () => 200),
        ...[429, 429, 429],
      ])
      expect(answers.at(-1)?.body).toMatchObject({ reason: 'limit_exceeded' })
      expect(await standing(engine, organizationId)).toEqual({
        used: 10_000 - 99,
        held: 0,
        recorded: 10_000 - 99,
        events: 10,
      })

      const { headers: slow } = await founded('slow')
      const { headers: poor } = await founded('poor')
      for (const [of, expected] of [
        [slow, [429, 'rate_limited']],
        [poor, [402, 'credits_exhausted']],
      ] as const) {
        expect((await ask(0, of)).status).toBe(200)
        const { status, body } = await ask(1, of)
        expect([status, body.reason]).toEqual(expected)
      }
      const other = await founded('roomy')
      const looking = await ask(0, { ...other.headers, 'x-event': 'look' })
      expect([looking.status, looking.body.reason]).toEqual([403, 'feature_not_included'])
      expect((await ask(1, { ...other.headers, 'x-throws': 'yes' })).status).toBe(500)
      expect((await post(two[0]?.url('/desk') ?? '')).status).toBe(401)
      await proxy.refuse()
      expect((await ask(1, other.headers)).status).toBe(503)
      expect((await ask(0, other.headers)).status).toBe(200)
      await proxy.pass()
      await vi.waitFor(async () => expect((await ask(1, other.headers)).status).toBe(200), {
        timeout: 60_000,
        interval: 500,
      })
      const { used, held, events } = await standing(engine, other.organizationId)
      expect({ used, held, events }).toEqual({ used: 84, held: 0, events: 2 })
      await Promise.all(two.map((one) => one.stopAll()))
      await proxy.close()
    })
  })

  it(`keeps one engine in dev mode, and its memory, through ${EDITS} edits`, {
    timeout: 10 * MINUTES_MS,
  }, async () => {
    rmSync(join(app, 'opened.txt'), { force: true })
    const child = await started('dev')
    // Its plan has no rate, which would refuse so many attempts.
    await tollgate().organizations.create({ id: 'edited', name: 'Edited', plan: 'desk/roomy' })
    const edited = { 'x-organization': 'edited' }
    const route = join(app, 'app/desk/route.ts')
    const text = readFileSync(route, 'utf8')
    let earlierMb = 0
    for (let edit = 1; edit <= EDITS; edit++) {
      writeFileSync(route, text.replace('{ ok: true }', `{ ok: true, edit: ${edit} }`))
      await eventually(async () =>
        expect((await post(url('/desk'), edited)).body).toEqual({ ok: true, edit }),
      )
      // The edits include the module that opens the engine.
      const opening = join(app, 'tollgate.ts')
      writeFileSync(opening, `${readFileSync(opening, 'utf8')}// edit ${edit}\n`)
      if (edit === EDITS / 2) earlierMb = residentMb(child)
    }
    expect(earlierMb).toBeGreaterThan(MOST_GROWTH_MB)
    // One more engine alone has more than this.
    expect(residentMb(child) - earlierMb).toBeLessThan(MOST_GROWTH_MB)
    expect((await post(url('/stream'), { ...acme, 'x-pieces': '1' })).status).toBe(200)
    expect(lines('opened.txt')).toHaveLength(1)
    await eventually(async () => expect((await tokens('edited')).held).toBe(0))
    expect((await tokens('edited')).used).toBeGreaterThanOrEqual(EDITS * 42)
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

/** The resident memory of a process and of all that it started. */
const residentMb = ({ pid }: ChildProcess): number => {
  const lines = execFileSync('ps', ['-eo', 'pgid=,rss='], { encoding: 'utf8' }).split('\n')
  const own = lines.map((line) => line.trim().split(/ +/).map(Number)).filter(([of]) => of === pid)
  return own.reduce((sum, [, kib = 0]) => sum + kib / 1_024, 0)
}
