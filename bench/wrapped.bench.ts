import { expect, inject, it } from 'vitest'
import { createTollgate } from '../dist/index.js'
import { newDatabase, openGate } from './gate-subjects.ts'
import { type HttpFigures, startLoad, startServer } from './http-subjects.ts'
import { machine, median } from './report.ts'

/**
 * The latency that a wrapper adds to a route. A bare route, one with its own call of `track`, and
 * one behind `meter` take turns in one process. Decisions are leased on PostgreSQL, over real HTTP
 * on this machine. At a few hundred requests a second the figure is the latency of a request. At
 * full speed the store, the server and the load share two cores, so the figure is the machine's
 * cost of recording each call.
 */

const RUNS = Number(process.env.BENCH_RUNS ?? 7)
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 10_000)

/** `BENCH_FLUSH_AT` is the number of events at which the servers write them. */
const FLUSH_AT = process.env.BENCH_FLUSH_AT ?? 'the default'

/** `BENCH_FRAMEWORKS=express` and `BENCH_LOADS=paced` keep a run short; both take a list. */
const FRAMEWORKS = (process.env.BENCH_FRAMEWORKS ?? 'express,fastify,hono').split(',')
const CHOSEN_LOADS = (process.env.BENCH_LOADS ?? 'alone,eight,paced').split(',')

interface Load {
  readonly key: string
  readonly name: string
  readonly connections: number
  readonly requests: number
  readonly pauseMs: number
}

const LOADS: readonly Load[] = [
  {
    key: 'alone',
    name: 'one at a time, without pause',
    connections: 1,
    requests: REQUESTS,
    pauseMs: 0,
  },
  {
    key: 'eight',
    name: '8 at a time, without pause',
    connections: 8,
    requests: REQUESTS,
    pauseMs: 0,
  },
  // Last, because a few hundred requests a second would take minutes to be compiled.
  {
    key: 'paced',
    name: 'one at a time, 2 ms between',
    connections: 1,
    requests: REQUESTS / 5,
    pauseMs: 2,
  },
]
/** The milliseconds that a wrapper may add. */
const GOALS = { p50: 0.1, p99: 1 }

const postgres = inject('postgresUrl')

const ROUTES = ['bare', 'tracked', 'metered'] as const
type Route = (typeof ROUTES)[number]

const request = (route: Route) => ({
  path: `/${route}`,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ question: 'What is the answer?' }),
})

const report = (name: string, runs: Record<Route, HttpFigures[]>): void => {
  const of = (route: Route, figure: (run: HttpFigures) => number) => median(runs[route].map(figure))
  /** Each run is compared within its turn, because other load affects all of them. */
  const added = (to: Route, figure: (run: HttpFigures) => number): number =>
    median(runs.metered.map((run, index) => figure(run) - figure(runs[to][index] as HttpFigures)))
  const compared = (figure: (run: HttpFigures) => number, goal: number): string => {
    const [bare, metered] = [of('bare', figure), of('metered', figure)]
    const more = added('bare', figure)
    const isMet = more <= goal ? 'met' : 'missed'
    return (
      `${bare.toFixed(3)} → ${metered.toFixed(3)} ms (× ${(metered / bare).toFixed(2)}), ` +
      `+ ${more.toFixed(3)} (goal ${goal} ${isMet}), ${added('tracked', figure).toFixed(3)} of it the wrapper's`
    )
  }
  const cpu = (route: Route) => of(route, (run) => run.cpuMicroseconds ?? 0).toFixed(0)
  console.log(
    `${name}\n  p50 ${compared((run) => run.p50Ms, GOALS.p50)}\n  p99 ${compared((run) => run.p99Ms, GOALS.p99)}\n` +
      `  CPU of a request: bare ${cpu('bare')} µs, track by hand ${cpu('tracked')} µs, metered ${cpu('metered')} µs`,
  )
}

it.runIf(postgres)('adds little to a route', async () => {
  console.log(
    `${machine()}; ${RUNS} runs of ${REQUESTS} in turns, medians; written at ${FLUSH_AT} events`,
  )
  const load = startLoad()
  const loads = LOADS.filter(({ key }) => CHOSEN_LOADS.includes(key))
  for (const framework of FRAMEWORKS) {
    const database = await newDatabase(postgres as string)
    await (await openGate(database.url, {})).close()
    const server = await startServer(new URL('./wrapped-server.mjs', import.meta.url), [
      ...[framework, database.url],
    ])
    let sent = 0
    for (const { name, connections, requests, pauseMs } of loads) {
      const runs: Record<Route, HttpFigures[]> = { bare: [], tracked: [], metered: [] }
      // The first turn warms everything up, and determines how much to lease.
      for (let run = 0; run <= RUNS; run++) {
        for (const route of ROUTES) {
          const figures = await load.run(server, request(route), connections, requests, pauseMs)
          if (route !== 'bare') sent += requests
          if (run > 0) runs[route].push(figures)
        }
      }
      report(`${framework}, ${name}:`, runs)
    }
    await server.stop()
    // Every expected request must be recorded, or the figures mean nothing.
    const books = await createTollgate({ database: { url: database.url }, catalogs: [] })
    const { month } = await books.usage.current({ organizationId: 'acme' })
    await books.close()
    await database.drop()
    expect(month.events).toBe(sent)
  }
  await load.stop()
})
