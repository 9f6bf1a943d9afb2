import { spawnSync } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../setup/eventually.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { type RunningServer, runBin, runningBins } from './run-bin.ts'
import { printedBy, runCommand, runningServers, SLOW } from './run-command.ts'

const folder = temporaryFolders()()
const data = join(folder, 'data')
const startServer = runningServers()
const startBin = runningBins()

const currentUsage = (url: string, key: string, organizationId: string) =>
  fetch(`${url}/api/usage/current?organizationId=${organizationId}`, {
    headers: { authorization: `Bearer ${key}` },
  })

describe('tollgate start', SLOW, () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startBin(['--data', data])
  }, SLOW.timeout)

  it('refuses a folder that another process holds, and names that process', async () => {
    const second = await runCommand(['start', '--data', data, '--port', '0'])
    expect(second).toMatchObject({ code: 1, stdout: '' })
    expect(second.stderr).toContain(`in use by process ${server.pid}`)
    expect(second.stderr.trim().split('\n')).toHaveLength(1)
  })

  it('prints one line on stdout when ready, and exits with 0 on SIGTERM', async () => {
    const { status } = await fetch(`${server.url}/healthz`)
    expect(await server.stop()).toBe(0)
    expect(status).toBe(200)
    expect(server.output().stdout).toBe(`tollgate listening on ${server.url}\n`)
    expect(server.output().stderr).toContain(`${server.url}/docs`)
  })

  it('reports a port in use, with a sentence', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    const port = String(typeof address === 'object' && address?.port)
    const { code, stderr } = await runCommand(['start', '--data', data, '--port', port])
    taken.close()
    expect(code).toBe(1)
    expect(stderr).toBe(`Port ${port} of 127.0.0.1 is in use: choose another with --port.\n`)
  })

  it('reports an unreachable PostgreSQL, with a sentence', async () => {
    const { code, stdout, stderr } = await runBin([
      'start',
      ...['--database-url', 'postgres://someone:secret@127.0.0.1:1/books'],
    ])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^The database could not be reached: .*127\.0\.0\.1:1/)
    expect(stderr).not.toMatch(/secret|at \w+.*\(/)
  })

  it('refuses two databases', async () => {
    const { code, stderr } = await runCommand([
      'start',
      ...['--data', data, '--database-url', 'postgres://127.0.0.1/books'],
    ])
    expect(code).toBe(1)
    expect(stderr).toContain('--data and --database-url')
  })

  it('lists every fault of every catalog file, and does not start', async () => {
    const file = join(folder, 'faulty.json')
    const plan = {
      key: 'free',
      name: 'Free',
      monthlyPriceUsd: 'abc',
      limits: [],
      upgradesTo: ['gold'],
    }
    await writeFile(
      file,
      JSON.stringify({ key: 'shop', name: 'Shop', meters: [], eventTypes: [], plans: [plan] }),
    )
    const missing = join(folder, 'missing.json')
    const { code, stdout, stderr } = await runCommand([
      'start',
      ...['--data', data, '--catalog', file, '--catalog', missing],
    ])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`${file}: plans.free.monthlyPriceUsd: `)
    expect(stderr).toContain(`${file}: plans.free.upgradesTo[0]: there is no plan "gold"`)
    expect(stderr).toContain(`There is no file ${missing}.`)
  })
})

describe('the admin key', SLOW, () => {
  it('is created once, is readable only by its owner, and opens the server', async () => {
    const first = await startServer(['--data', data])
    const path = join(data, 'admin-key')
    const key = (await readFile(path, 'utf8')).trim()
    const admitted = await currentUsage(first.url, key, 'nobody')
    const refused = await currentUsage(first.url, `${key}x`, 'nobody')
    expect(await first.stop()).toBe(0)
    expect([admitted.status, refused.status]).toEqual([404, 401])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(first.output().stderr).not.toContain(key)

    const second = await startServer(['--data', data])
    expect(await second.stop()).toBe(0)
    expect((await readFile(path, 'utf8')).trim()).toBe(key)
  })

  it('is TOLLGATE_ADMIN_KEY if set, and no operation is open without it', async () => {
    const server = await startServer(['--data', data], { TOLLGATE_ADMIN_KEY: 'chosen-by-hand' })
    // The demo's own sign-in, which was not requested.
    const demo = await fetch(`${server.url}/api/demo/track-usage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ organizationId: 'busy', eventType: 'api_call' }),
    })
    const kept = (await readFile(join(data, 'admin-key'), 'utf8')).trim()
    const statuses = [
      (await currentUsage(server.url, 'chosen-by-hand', 'nobody')).status,
      (await currentUsage(server.url, kept, 'nobody')).status,
    ]
    expect(await server.stop()).toBe(0)
    expect(statuses).toEqual([404, 401])
    expect(demo.status).toBe(404)
  })
})

describe('a stop', SLOW, () => {
  it('on SIGINT exits with 0, and keeps every answered call', async () => {
    const env = { TOLLGATE_ADMIN_KEY: 'stopping' }
    const server = await startBin(['--data', data], env)
    const post = (path: string, body: object) =>
      fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { authorization: 'Bearer stopping', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    await post('/api/organizations', { id: 'busy', name: 'Busy', plan: 'api-platform/enterprise' })
    const call = { organizationId: 'busy', eventType: 'api_call' }
    const track = () => post('/api/usage/track', call).then((answer) => answer.status)
    await track()
    const calls = Array.from({ length: 40 }, track)
    const code = server.stop('SIGINT')
    const answers = await Promise.allSettled(calls)
    expect(await code).toBe(0)
    const answered = answers.filter((one) => one.status === 'fulfilled' && one.value === 200)

    const again = await startServer(['--data', data], env)
    const usage = (await (await currentUsage(again.url, 'stopping', 'busy')).json()) as {
      month: { events: number }
    }
    expect(await again.stop()).toBe(0)
    expect(usage.month.events).toBeGreaterThanOrEqual(1 + answered.length)
  })
})

describe('tollgate start --demo', SLOW, () => {
  const hasCurl = spawnSync('curl', ['--version']).status === 0

  it('leads to its console, and its curl lines work when pasted', async () => {
    const demo = join(folder, 'demo')
    // Days of the same traffic, so that it finds its database filled and goes on.
    await printedBy(['demo', '--data', demo, '--days', '3'])
    const server = await startBin(['--data', demo, '--demo'])
    const lines = () =>
      server
        .output()
        .stdout.split('\n')
        .map((line) => line.trim())
    const curls = await eventually(() => {
      const found = lines().filter((line) => line.startsWith('curl '))
      expect(found).toHaveLength(2)
      return found
    })
    const [, code] = /^Console (\S+#code=[\w-]{32})$/.exec(lines()[0] ?? '') ?? []
    expect(code?.startsWith(`${server.url}/console#code=`)).toBe(true)
    expect(lines()[1]).toBe(`tollgate listening on ${server.url}`)
    const session = await fetch(`${server.url}/api/session/code`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: code?.split('=')[1] }),
    })
    expect(session.status).toBe(201)
    expect(await session.json()).toMatchObject({ kind: 'admin' })
    const answers = hasCurl
      ? curls.map((line) => JSON.parse(spawnSync('sh', ['-c', line], { encoding: 'utf8' }).stdout))
      : undefined
    expect(await server.stop()).toBe(0)
    if (!answers) return
    expect(answers[0]).toMatchObject({ allowed: true, credits: 28 })
    expect(answers[1]).toMatchObject({ organizationId: 'northlight' })
  })
})

describeOnPostgres('tollgate start on PostgreSQL', (_open, url) => {
  it('uses DATABASE_URL, and warns about a missing admin key', async () => {
    const server = await startServer([], { DATABASE_URL: url() })
    const ready = await fetch(`${server.url}/readyz`)
    expect(await server.stop()).toBe(0)
    expect(ready.status).toBe(200)
    expect(server.output().stderr).toMatch(/TOLLGATE_ADMIN_KEY.*tollgate keys create --admin/)
  })

  it('accepts an admin key created on the database', async () => {
    const key = (
      await printedBy(['keys', 'create', '--admin', '--name', 'ops', '--database-url', url()])
    ).trim()
    const server = await startServer(['--database-url', url()])
    const { status } = await currentUsage(server.url, key, 'nobody')
    expect(await server.stop()).toBe(0)
    expect(status).toBe(404)
  })
})
