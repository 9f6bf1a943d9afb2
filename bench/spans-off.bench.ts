import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, inject, it } from 'vitest'
import type { Call } from '../src/contract/usage.ts'
import { callOf, gateCatalog } from './gate-catalog.ts'
import { newDatabase } from './gate-subjects.ts'
import { machine, median } from './report.ts'
import { copyWithoutSpans } from './without-spans.ts'

/**
 * The cost of spans on the leased path without an SDK: this build compared with a copy of it that
 * has no spans, or with another build (`BENCH_AGAINST`). A second copy of the other build runs as
 * well: the difference between the two copies is the error of the measurement. Bursts are shorter
 * than a scheduler slice, and take turns. Their events are written between bursts, outside the
 * measured time.
 */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 2_000)
const BURST = Number(process.env.BENCH_BURST ?? 200)
const WARM = 200
const ADMIN_KEY = 'the-admin-key-of-the-benchmark'
const against = process.env.BENCH_AGAINST
const server = inject('postgresUrl')

interface Engine {
  track(call: Call): Promise<unknown>
  flush(): Promise<void>
  close(): Promise<void>
  readonly organizations: { create(input: object): Promise<unknown> }
}

interface Subject {
  readonly name: string
  readonly engine: Engine
  readonly once: () => Promise<unknown>
  readonly overHttp: () => Promise<unknown>
}

const open = async (name: string, dist: string): Promise<Subject> => {
  const load = (file: string) => import(pathToFileURL(resolve(dist, file)).href)
  const { createTollgate } = await load('engine/create-tollgate.js')
  const { createHandler } = await load('server.js')
  const { url } = await newDatabase(server as string)
  const engine: Engine = await createTollgate({
    database: { url },
    decide: 'leased',
    catalogs: [{ document: gateCatalog, origin: 'bench' }],
    // Nothing is written during the measurement.
    recorder: { flushAt: 90_000, flushAfterMs: 3_600_000 },
  })
  await engine.organizations.create({ id: 'acme', name: 'Acme', plan: 'bench/large' })
  const handler = createHandler(engine, { adminKey: ADMIN_KEY }) as (
    request: Request,
  ) => Promise<Response>
  const body = JSON.stringify(callOf('acme'))
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
  return {
    name,
    engine,
    once: () => engine.track(callOf('acme')),
    overHttp: async () => {
      const request = new Request('http://bench.test/api/usage/track', {
        method: 'POST',
        headers,
        body,
      })
      const response = await handler(request)
      if (response.status !== 200) throw new Error(await response.text())
    },
  }
}

/** Microseconds per call, in one burst. */
const timed = async (work: () => Promise<unknown>, count: number): Promise<number> => {
  const startedAt = performance.now()
  for (let n = 0; n < count; n += 1) await work()
  return ((performance.now() - startedAt) * 1_000) / count
}

/** The time of the fastest tenth, which excludes other load on the machine. */
const tenth = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 10)] ?? 0

const said = (ratios: readonly number[]): string => {
  const sorted = ratios.toSorted((one, other) => one - other)
  const at = (part: number) => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(3)
  return `${median(ratios).toFixed(3)} (middle half ${at(0.25)} to ${at(0.75)})`
}

const root = resolve(import.meta.dirname, '..')
const thisBuild = join(root, 'dist')
const other = against === undefined ? 'without spans' : 'before'
const otherAgain = `${other} again`

it.runIf(server)('costs the leased path nothing', { timeout: 1_800_000 }, async () => {
  // Within the project, so that the copies find its dependencies.
  const folder = mkdtempSync(join(root, '.dist-bench-'))
  const copyTo = (path: string): void =>
    against === undefined
      ? copyWithoutSpans(thisBuild, path)
      : cpSync(resolve(against), path, { recursive: true })
  try {
    const [one, again, now] = ['one', 'again', 'now'].map((name) => join(folder, name)) as [
      ...[string, string, string],
    ]
    copyTo(one)
    copyTo(again)
    cpSync(thisBuild, now, { recursive: true })
    const subjects = [await open(other, one), await open(otherAgain, again), await open('now', now)]
    console.log(machine(), `load ${loadavg()[0]?.toFixed(1)}`)
    const kinds: [string, number, (of: Subject) => () => Promise<unknown>][] = [
      ['leased decision', BURST, ({ once }) => once],
      ['leased, over HTTP', BURST / 10, ({ overHttp }) => overHttp],
    ]
    for (const [kind, count, workOf] of kinds) {
      const took = new Map<string, number[]>(subjects.map(({ name }) => [name, []]))
      for (let round = -WARM; round < ROUNDS; round += 1) {
        // Each build goes first, second and last equally often.
        const turn = Math.abs(round) % subjects.length
        for (const subject of [...subjects.slice(turn), ...subjects.slice(0, turn)]) {
          const us = await timed(workOf(subject), count)
          if (round >= 0) took.get(subject.name)?.push(us)
        }
        if (round % 100 === 0) await Promise.all(subjects.map(({ engine }) => engine.flush()))
      }
      const of = (name: string): readonly number[] => took.get(name) ?? []
      const beside = (one: string, base: string) => {
        const ratios = of(one).map((us, round) => us / (of(base)[round] as number))
        const quick = tenth(of(one)) / tenth(of(base))
        return `${said(ratios)}, of the quickest tenth ${quick.toFixed(3)}`
      }
      console.log(
        `${kind}: ${subjects.map(({ name }) => `${name} ${median(of(name)).toFixed(2)} µs`)}`,
      )
      console.log(`  now / ${other}: ${beside('now', other)}`)
      console.log(`  ${otherAgain} / ${other}: ${beside(otherAgain, other)}`)
      expect(of('now')).toHaveLength(ROUNDS)
    }
    await Promise.all(subjects.map(({ engine }) => engine.close()))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
