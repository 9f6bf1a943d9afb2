import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inject, it } from 'vitest'
import type { Call } from '../src/contract/usage.ts'
import { callOf, gateCatalog } from './gate-catalog.ts'
import { fromCallers, newDatabase } from './gate-subjects.ts'
import { machine, median } from './report.ts'

/**
 * Compares the hot paths of this build with another build, such as the previous commit. Both are
 * loaded into this process, have their own databases, and take turns. `BENCH_AGAINST` is the other
 * `dist`. It prints the ratio of calls per second, and the ratio of processor time per call,
 * including later background work. Above 1 this build is better. The second ratio is stable even on
 * a busy machine.
 */

const RUNS = Number(process.env.BENCH_RUNS ?? 21)
const against = process.env.BENCH_AGAINST
const server = inject('postgresUrl')

/** The part of an engine that both builds have, even if their other interfaces differ. */
interface Engine {
  track(call: Call): Promise<unknown>
  record(events: readonly Call[]): Promise<unknown>
  flush(): Promise<void>
  close(): Promise<void>
  readonly organizations: { create(input: object): Promise<unknown> }
}

type Handler = (request: Request) => Promise<Response>

interface Build {
  readonly name: string
  readonly leased: Engine
  readonly strict: Engine
  readonly handler: Handler
}

const open = async (name: string, dist: string): Promise<Build> => {
  const load = (file: string) => import(pathToFileURL(resolve(dist, file)).href)
  const { createTollgate } = await load('engine/create-tollgate.js')
  const { createHandler } = await load('server.js')
  const engine = async (decide: string): Promise<Engine> => {
    const { url } = await newDatabase(server as string)
    const tollgate = await createTollgate({
      database: { url, poolSize: 20 },
      decide,
      catalogs: [{ document: gateCatalog, origin: 'bench' }],
    })
    await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'bench/large' })
    return tollgate
  }
  const leased = await engine('leased')
  const handler = createHandler(leased, { adminKey: ADMIN_KEY })
  return { name, leased, strict: await engine('strict'), handler }
}

const ADMIN_KEY = 'the-admin-key-of-the-benchmark'

/** Creates an organization's key over HTTP, which is equal in both builds. */
const keyOf = async (handler: Handler): Promise<string> => {
  const response = await handler(
    new Request('http://bench.test/api/organizations/acme/api-keys', {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: '{"name":"bench"}',
    }),
  )
  return ((await response.json()) as { key: string }).key
}

const overHttp = (handler: Handler, key: string) => {
  const { organizationId: _, ...call } = callOf('acme')
  const body = JSON.stringify(call)
  return async () => {
    const response = await handler(
      new Request('http://bench.test/api/usage/track', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body,
      }),
    )
    if (response.status !== 200) throw new Error(await response.text())
    await response.text()
  }
}

const spread = (ratios: readonly number[]): string => {
  const sorted = ratios.toSorted((a, b) => a - b)
  const at = (part: number) => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(2)
  return `${median(ratios).toFixed(3)} × (middle half ${at(0.25)} to ${at(0.75)})`
}

const batch = Array.from({ length: 1_000 }, () => callOf('acme'))

it.runIf(server && against)('is as fast as the other build', { timeout: 1_200_000 }, async () => {
  console.log(machine())
  const here = await open('here', resolve(import.meta.dirname, '../dist'))
  const there = await open('there', against as string)
  const subjects: [string, number, number, (build: Build) => Promise<() => Promise<unknown>>][] = [
    ['leased decisions, one caller', 1, 100_000, async (b) => () => b.leased.track(callOf('acme'))],
    [
      'track over HTTP, leased, one caller',
      1,
      20_000,
      async (b) => overHttp(b.handler, await keyOf(b.handler)),
    ],
    ['strict decisions, 64 callers', 64, 10_000, async (b) => () => b.strict.track(callOf('acme'))],
    ['batches of 1,000 events', 2, 20, async (b) => () => b.strict.record(batch)],
  ]
  for (const [name, callers, count, prepare] of subjects) {
    const [one, other] = [await prepare(here), await prepare(there)]
    const timed = async (work: () => Promise<unknown>) => {
      // Background work of the previous round must not count in this one.
      await Promise.all([here.leased.flush(), there.leased.flush()])
      const before = process.cpuUsage()
      const { perSecond } = await fromCallers(callers, count, work)
      await Promise.all([here.leased.flush(), there.leased.flush()])
      const { user, system } = process.cpuUsage(before)
      return { perSecond, cpuUs: (user + system) / count }
    }
    const speed: number[] = []
    const cpu: number[] = []
    // The first two rounds warm both builds up.
    for (let run = -2; run < RUNS; run++) {
      // The builds take turns, and each goes first equally often.
      const isFirst = run % 2 === 0
      const first = await timed(isFirst ? one : other)
      const second = await timed(isFirst ? other : one)
      const [mine, theirs] = isFirst ? [first, second] : [second, first]
      if (run < 0) continue
      speed.push(mine.perSecond / theirs.perSecond)
      cpu.push(theirs.cpuUs / mine.cpuUs)
    }
    console.log(`${name.padEnd(40)} speed ${spread(speed)}, work of this process ${spread(cpu)}`)
  }
  await Promise.all([here, there].flatMap((one) => [one.leased.close(), one.strict.close()]))
})
