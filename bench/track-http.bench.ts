import { expect, inject, it } from 'vitest'
import { callOf } from './gate-catalog.ts'
import { newDatabase, openGate } from './gate-subjects.ts'
import { type HttpFigures, type HttpServer, startLoad, startServer } from './http-subjects.ts'
import { machine, median, thousands } from './report.ts'

/**
 * `POST /api/usage/track` as a customer's backend calls it: `tollgate start` on PostgreSQL, an
 * organization's API key, keep-alive connections. The comparison is an empty handler on the same
 * adapter and router that parses the same body and answers a constant. Each server and the client
 * run in their own processes; all take turns.
 */

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 100_000)
const CONNECTIONS = Number(process.env.BENCH_CONNECTIONS ?? 64)
const ADMIN_KEY = 'the-admin-key-of-the-benchmark'

const server = inject('postgresUrl')

interface Subject {
  readonly name: string
  readonly server: HttpServer
  readonly requests: number
  /** Resolves when a run has no work left. */
  settled(): Promise<void>
  readonly runs: HttpFigures[]
  stop(): Promise<void>
}

const emptyHandler = async (): Promise<Subject> => {
  const empty = await startServer(new URL('./empty-server.mjs', import.meta.url))
  return {
    name: 'empty handler',
    server: empty,
    requests: REQUESTS,
    settled: async () => {},
    runs: [],
    stop: () => empty.stop(),
  }
}

/** A server on its own database, and its clients' request. */
const tollgateServer = async (decide: 'leased' | 'strict', requests: number) => {
  const database = await newDatabase(server as string)
  const tollgate = await openGate(database.url, {})
  const { key } = await tollgate.apiKeys.create({ organizationId: 'acme', name: 'benchmark' })
  await tollgate.close()
  const args = ['start', '--port', '0', '--database-url', database.url, '--decide', decide]
  const cli = new URL('../bin/tollgate.js', import.meta.url)
  const started = await startServer(cli, args, { TOLLGATE_ADMIN_KEY: ADMIN_KEY })
  const figure = (name: string) => figureOf(started.url, name)
  const subject: Subject = {
    name: `tollgate, ${decide}`,
    server: started,
    requests,
    settled: async () => {
      while ((await figure('tollgate_queue_length')) > 0) {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    runs: [],
    stop: async () => {
      await started.stop()
      await database.drop()
    },
  }
  return { subject, key, figure }
}

/** One of the server's Prometheus metrics. */
const figureOf = async (url: string, name: string): Promise<number> => {
  const headers = { authorization: `Bearer ${ADMIN_KEY}` }
  const text = await (await fetch(`${url}/metrics`, { headers })).text()
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  if (line === undefined) throw new Error(`no figure ${name} in /metrics`)
  return Number(line.slice(name.length))
}

const report = ({ name, runs }: Subject, beside: readonly HttpFigures[]): void => {
  const of = (figure: (run: HttpFigures) => number) => median(runs.map(figure))
  const rate = of((run) => run.perSecond)
  const besideRate = median(beside.map((run) => run.perSecond))
  const cpu = runs.some((run) => run.cpuMicroseconds === undefined)
    ? ''
    : `  ${of((run) => run.cpuMicroseconds ?? 0).toFixed(1)} µs CPU a request`
  console.log(
    `${name.padEnd(18)} ${thousands(rate).padStart(7)}/s  p50 ${of((run) => run.p50Ms).toFixed(2)} ms  ` +
      `p99 ${of((run) => run.p99Ms).toFixed(2)} ms${cpu}  ${(rate / besideRate).toFixed(2)} × empty  ` +
      `(${runs.map((run) => thousands(run.perSecond)).join(' · ')})`,
  )
}

it.runIf(server)('tracks over HTTP', async () => {
  console.log(`${machine()}; ${CONNECTIONS} connections, ${RUNS} runs in turns, medians`)
  const empty = await emptyHandler()
  const leased = await tollgateServer('leased', REQUESTS)
  const strict = await tollgateServer('strict', Math.ceil(REQUESTS / 5))
  const load = startLoad()
  const body = JSON.stringify(callOf('acme'))
  const turns = [
    { subject: empty, key: leased.key },
    { subject: leased.subject, key: leased.key },
    { subject: strict.subject, key: strict.key },
  ]
  // The first turn warms everything up, and determines how much to lease.
  for (let run = 0; run <= RUNS; run++) {
    for (const { subject, key } of turns) {
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` }
      const request = { path: '/api/usage/track', headers, body }
      const figures = await load.run(subject.server, request, CONNECTIONS, subject.requests)
      await subject.settled()
      if (run > 0) subject.runs.push(figures)
    }
  }
  for (const { subject } of turns) report(subject, empty.runs)
  for (const { subject, figure } of [leased, strict]) {
    // Every request must be decided, allowed and recorded, or the figures mean nothing.
    const sent = subject.requests * (RUNS + 1)
    const paths = ['leased', 'strict'].map((path) => `outcome="allowed",path="${path}"`)
    const allowed = await Promise.all(
      paths.map((labels) => figure(`tollgate_decisions_total{${labels}}`)),
    )
    expect(allowed.reduce((sum, one) => sum + one, 0)).toBe(sent)
    expect(await figure('tollgate_events_recorded_total')).toBe(sent)
  }
  await load.stop()
  for (const { subject } of turns) await subject.stop()
})
