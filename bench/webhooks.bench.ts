import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocket } from 'node:net'
import { loadavg } from 'node:os'
import { inject, it } from 'vitest'
import { onServer } from '../test/setup/substrates.ts'
import { newDatabase } from './gate-subjects.ts'
import { machine, median, thousands } from './report.ts'

/**
 * The delay of deliveries to many endpoints, some of them dead. Acts happen at a steady rate. Each
 * belongs to another organization with one endpoint, and the time from the call to the event's
 * arrival counts. A third of the dead endpoints never answers, a third refuses the connection, and
 * a third answers 500. One process acts and receives, another one sends. At the end five days pass,
 * and the dead endpoints are disabled: it prints how many were, and how often that was reported.
 */

const ENDPOINTS = Number(process.env.BENCH_ENDPOINTS ?? 10_000)
const DEAD_ONE_IN = Number(process.env.BENCH_DEAD_ONE_IN ?? 10)
const EVENTS_PER_SECOND = Number(process.env.BENCH_EVENTS_PER_SECOND ?? 200)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 60)
const WARM_SECONDS = 10
const MAKERS = 8
/** Concurrent acts; if the machine cannot do more, the printed rate shows it. */
const MOST_UNDER_WAY = 32
/** This many failures disable an endpoint after five days of failing. */
const FAILURES_EACH = 10
const FIVE_DAYS_MS = 5 * 86_400_000 + 3_600_000

const { createTollgate } = (await import(
  '../dist/engine/create-tollgate.js'
)) as typeof import('../src/engine/create-tollgate.ts')

const server = inject('postgresUrl')
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const idOf = (n: number) => `org-${String(n).padStart(6, '0')}`
const isDead = (n: number) => n % DEAD_ONE_IN === 0
const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20)

/** What the sender has used. */
interface Used {
  readonly heapUsed: number
  readonly rss: number
  readonly cpuMs: number
  readonly statements: number
}

it.skipIf(server === undefined)('many endpoints, some of them dead', async () => {
  const actedAt = new Map<string, number>()
  const lateMs: number[] = []
  let isMeasured = false
  let isHanging = true
  let posts = 0
  const receiver = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part
    })
    request.on('end', () => {
      posts += 1
      if (request.url === '/hangs' && isHanging) return
      if (request.url !== '/alive') return void response.writeHead(500).end()
      response.writeHead(204).end()
      const { subject } = JSON.parse(body) as { subject: string }
      const at = actedAt.get(subject)
      actedAt.delete(subject)
      if (at !== undefined && isMeasured) lateMs.push(performance.now() - at)
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as AddressInfo
  const closed = createSocket()
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
  const refusing = (closed.address() as AddressInfo).port
  closed.close()
  const urlOf = (n: number) => {
    if (!isDead(n)) return `http://127.0.0.1:${port}/alive`
    const which = (n / DEAD_ONE_IN) % 3
    if (which === 0) return `http://127.0.0.1:${port}/hangs`
    return which === 1 ? `http://127.0.0.1:${refusing}/` : `http://127.0.0.1:${port}/fails`
  }

  const database = await newDatabase(server as string)
  const options = { allow: ['127.0.0.1'], allowHttp: true, ports: [port, refusing] }
  const tollgate = await createTollgate({
    database: { url: database.url },
    catalogs: ['rag-chatbot'],
    callTimeoutMs: 60_000,
    webhooks: { ...options, deliver: false },
  })
  await tollgate.organizations.create({ id: 'first', name: 'First', plan: 'rag-chatbot/pro' })
  await onServer(database.url, async (client) => {
    await client.query(
      `insert into tollgate.organizations
       select (jsonb_populate_record(o, jsonb_build_object('id', n.id, 'name', n.id))).*
       from tollgate.organizations o, unnest($1::text[]) n (id) where o.id = 'first'`,
      [Array.from({ length: ENDPOINTS }, (_, n) => idOf(n))],
    )
    await client.query('analyze')
  })
  let made = 0
  const make = async () => {
    while (made < ENDPOINTS) {
      const n = made++
      await tollgate.webhooks.create({
        organizationId: idOf(n),
        url: urlOf(n),
        kinds: ['member.added'],
      })
    }
  }
  await Promise.all(Array.from({ length: MAKERS }, make))

  const script = new URL('./webhooks-process.mjs', import.meta.url)
  const settings = JSON.stringify({ url: database.url, ports: [port, refusing] })
  const sender = fork(script, [settings], { execArgv: ['--expose-gc'] })
  await once(sender, 'message')
  const ask = async (verb: string, wanted: object = {}): Promise<Used> => {
    sender.send({ verb, ...wanted })
    const [{ value, error }] = await once(sender, 'message')
    if (error) throw new Error(error)
    return value
  }

  let acts = 0
  const underWay = new Set<Promise<void>>()
  /** Adds a member to each organization in turn, at the rate. */
  const actFor = async (seconds: number) => {
    const startedAt = performance.now()
    for (let n = 0; n < EVENTS_PER_SECOND * seconds; n += 1) {
      const aheadMs = startedAt + (n * 1_000) / EVENTS_PER_SECOND - performance.now()
      if (aheadMs > 1) await wait(aheadMs)
      while (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay)
      const number = acts++
      const userId = `user-${number}`
      actedAt.set(`user:${userId}`, performance.now())
      const act: Promise<void> = tollgate.members
        .add({ organizationId: idOf(number % ENDPOINTS), userId, role: 'viewer' })
        .then(() => undefined)
        .finally(() => underWay.delete(act))
      underWay.add(act)
    }
    await Promise.all(underWay)
    return (performance.now() - startedAt) / 1_000
  }
  await actFor(WARM_SECONDS)
  actedAt.clear()
  isMeasured = true
  const before = await ask('used')
  const memory: Used[] = []
  const postsBefore = posts
  const [firstAct, loadBefore] = [acts, loadavg()[0] ?? 0]
  let isActing = true
  const watching = (async () => {
    while (isActing) {
      await wait(SECONDS * 100)
      memory.push(await ask('used'))
    }
  })()
  const tookSeconds = await actFor(SECONDS)
  isActing = false
  await watching
  const alive = Array.from({ length: acts - firstAct }, (_, n) => firstAct + n).filter(
    (n) => !isDead(n % ENDPOINTS),
  ).length
  for (let waitedMs = 0; lateMs.length < alive && waitedMs < 60_000; waitedMs += 100)
    await wait(100)
  const after = await ask('used')
  const each = (of: 'cpuMs' | 'statements') =>
    ((after[of] - before[of]) / (posts - postsBefore)).toFixed(2)
  const sorted = [...lateMs].sort((one, other) => one - other)
  const within = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(0)
  console.log(
    `${machine()}, load ${loadBefore.toFixed(1)}: ${thousands(ENDPOINTS)} endpoints, one in ` +
      `${DEAD_ONE_IN} dead, ${((acts - firstAct) / tookSeconds).toFixed(0)} events a second: ` +
      `${thousands(lateMs.length)} of ${thousands(alive)} came, median ${median(lateMs).toFixed(0)} ms ` +
      `late, 99 of 100 within ${within(0.99)} ms, all within ${within(1 - 1e-9)} ms; the sender's ` +
      `heap ${[before, ...memory, after].map(({ heapUsed }) => megabytes(heapUsed)).join(', ')} MiB, ` +
      `resident ${megabytes(before.rss)} to ${megabytes(after.rss)} MiB, ` +
      `${((after.cpuMs - before.cpuMs) / 1_000 / tookSeconds).toFixed(2)} of a core; for each request ` +
      `that arrived ${each('cpuMs')} ms of processor and ${each('statements')} statements`,
  )

  isHanging = false
  receiver.closeAllConnections()
  const dead = Array.from({ length: ENDPOINTS }, (_, n) => n).filter(isDead)
  await onServer(database.url, async (client) => {
    // Creates the events of added members, without the members.
    for (let n = 0; n < FAILURES_EACH; n += 1) {
      await client.query(
        `select tollgate.tell_events(array_agg(id), array_agg('member.added'::text),
           array_agg('user:late'::text), array_agg('{"userId": "late", "role": "viewer", "name": null}'::jsonb),
           array_agg(null::text), array_agg(now()))
         from unnest($1::text[]) o (id)`,
        [dead.map(idOf)],
      )
    }
    const count = async (query: string) => Number((await client.query(query)).rows[0].count)
    const untried = `select count(*) from tollgate.deliveries where state = 'waiting' and attempts = 0`
    const fresh = 'select count(*) from tollgate.domain_events where fanned_out_at is null'
    while ((await count(fresh)) + (await count(untried)) > 0) await wait(500)
    await ask('ahead', { byMs: FIVE_DAYS_MS })
    const disabled = `select count(*) from tollgate.endpoints where state = 'disabled'`
    for (let n = 0; n < 600 && (await count(disabled)) < dead.length; n += 1) await wait(500)
    console.log(
      `${thousands(await count(disabled))} of ${thousands(dead.length)} dead ones disabled, told ` +
        `${thousands(await count(`select count(*) from tollgate.domain_events where kind = 'webhook.disabled'`))} times, ` +
        `${await count(`select count(*) from tollgate.endpoints where state = 'disabled' and target like '%/alive'`)} of those alive; ` +
        `${thousands(posts)} requests in all`,
    )
  })
  await ask('close')
  sender.disconnect()
  receiver.closeAllConnections()
  receiver.close()
  await tollgate.close()
})
