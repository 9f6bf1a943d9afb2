import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, inject, it } from 'vitest'
import { callOf, gateCatalog } from './gate-catalog.ts'
import { newDatabase } from './gate-subjects.ts'
import { type HttpLoad, startLoad, startServer } from './http-subjects.ts'
import { machine, median } from './report.ts'

/**
 * Compares the hot paths of this build with another build (`BENCH_AGAINST`, its `dist`), and that
 * one with a copy of itself, which shows the error of the measurement. Each build runs in a process
 * of its own, because builds that share a process change each other's speed by up to 8 %. They take
 * turns. It prints the time per call relative to the other build, so below 1 this build is faster.
 *
 * Processes of one build differ by some per cent, so each kind of call is measured in several
 * (`BENCH_PROCESSES`). On a busy machine only the processor time says anything.
 */

const PROCESSES = Number(process.env.BENCH_PROCESSES ?? 3)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 40)
const WARM = 6
/** `BENCH_KINDS=http,batches` keeps a run short. */
const CHOSEN = (process.env.BENCH_KINDS ?? 'leased,http,strict,batches').split(',')
const against = process.env.BENCH_AGAINST
const server = inject('postgresUrl')

interface Kind {
  readonly name: string
  readonly kind: 'leased' | 'http' | 'strict' | 'batches'
  readonly callers: number
  /** Calls in one turn. Short turns meet the same other work on the machine. */
  readonly count: number
}

const KINDS: readonly Kind[] = [
  { name: 'leased decisions, one caller', kind: 'leased', callers: 1, count: 10_000 },
  // The system counts a server's processor time in hundredths of a second.
  { name: 'track over HTTP, leased, 8 connections', kind: 'http', callers: 8, count: 5_000 },
  { name: 'strict decisions, 64 callers', kind: 'strict', callers: 64, count: 1_000 },
  { name: 'batches of 1,000 events, 2 callers', kind: 'batches', callers: 2, count: 6 },
]

interface Took {
  readonly wallUs: number
  readonly cpuUs: number
}

interface Subject {
  readonly run: (wanted: { callers: number; count: number }) => Promise<Took>
  readonly end: () => Promise<void>
}

const ADMIN_KEY = 'the-admin-key-of-the-benchmark'

/** `tollgate start` of a build, whose client is a process of its own. */
const startHttp = async (dist: string, load: HttpLoad): Promise<Subject> => {
  const { url, drop } = await newDatabase(server as string)
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-against-'))
  const catalog = join(folder, 'catalog.json')
  writeFileSync(catalog, JSON.stringify(gateCatalog))
  const started = await startServer(
    pathToFileURL(join(dist, 'cli/main.js')),
    [
      ...['start', '--port', '0', '--database-url', url, '--decide', 'leased'],
      ...['--catalog', catalog, '--journal', folder],
    ],
    { TOLLGATE_ADMIN_KEY: ADMIN_KEY },
  )
  const { organizationId, ...body } = callOf('acme')
  const created = async (path: string, input: object): Promise<Record<string, string>> => {
    const answer = await fetch(started.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    })
    if (!answer.ok) throw new Error(await answer.text())
    return answer.json() as Promise<Record<string, string>>
  }
  await created('/api/organizations', { id: organizationId, name: 'Acme', plan: 'bench/large' })
  const keys = `/api/organizations/${organizationId}/api-keys`
  const { key } = await created(keys, { name: 'bench' })
  const request = {
    path: '/api/usage/track',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }
  return {
    run: async ({ callers, count }) => {
      const { perSecond, cpuMicroseconds = 0 } = await load.run(started, request, callers, count)
      return { wallUs: 1_000_000 / perSecond, cpuUs: cpuMicroseconds }
    },
    end: async () => {
      await started.stop()
      await drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const start = async (dist: string, kind: Kind['kind']): Promise<Subject> => {
  const { url, drop } = await newDatabase(server as string)
  const settings = { dist, url, kind, catalog: gateCatalog, call: callOf('acme') }
  const child = fork(new URL('./against-process.mjs', import.meta.url), [JSON.stringify(settings)])
  await answerOf(child)
  return {
    run: (wanted) => {
      child.send(wanted)
      return answerOf(child)
    },
    end: async () => {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
      await drop()
    },
  }
}

const answerOf = async (child: ChildProcess): Promise<Took> => {
  const [answer] = await once(child, 'message')
  if (answer.error !== undefined) throw new Error(answer.error)
  return answer.value
}

const part = (values: readonly number[], at: number): number =>
  values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * at)] ?? 0

/** The ratio of the medians, and the middle half of the ratios by turn. */
const said = (mine: readonly number[], theirs: readonly number[]): string => {
  const ratios = mine.map((us, turn) => us / (theirs[turn] as number))
  const [low, high] = [part(ratios, 0.25).toFixed(2), part(ratios, 0.75).toFixed(2)]
  return `${(median(mine) / median(theirs)).toFixed(3)} (${low} to ${high})`
}

const BUILDS = ['this', 'other', 'copy'] as const
type Build = (typeof BUILDS)[number]

const measured = async (kind: Kind, dists: Readonly<Record<Build, string>>, load: HttpLoad) => {
  const took: Record<Build, Took[]> = { this: [], other: [], copy: [] }
  for (let round = 0; round < PROCESSES; round++) {
    const subjects: [Build, Subject][] = []
    for (const build of BUILDS) {
      const dist = dists[build]
      const isHttp = kind.kind === 'http'
      subjects.push([build, await (isHttp ? startHttp(dist, load) : start(dist, kind.kind))])
    }
    for (let turn = -WARM; turn < ROUNDS; turn++) {
      // Each build goes first, second and last equally often.
      const first = Math.abs(turn) % subjects.length
      for (const [build, subject] of [...subjects.slice(first), ...subjects.slice(0, first)]) {
        const one = await subject.run(kind)
        if (turn >= 0) took[build].push(one)
      }
    }
    for (const [, { end }] of subjects) await end()
  }
  return took
}

it.runIf(server && against)('is as fast as the other build', { timeout: 7_200_000 }, async () => {
  const other = resolve(against as string)
  const copy = `${other}-copy`
  cpSync(other, copy, { recursive: true })
  const load = startLoad()
  try {
    const dists = { this: resolve(import.meta.dirname, '../dist'), other, copy }
    console.log(machine())
    for (const kind of KINDS.filter((one) => CHOSEN.includes(one.kind))) {
      const took = await measured(kind, dists, load)
      const cpu = (build: Build) => took[build].map(({ cpuUs }) => cpuUs)
      const wall = (build: Build) => took[build].map(({ wallUs }) => wallUs)
      console.log(`${kind.name}, load ${loadavg()[0]?.toFixed(1)}`)
      console.log(`  processor time: ${said(cpu('this'), cpu('other'))}`)
      console.log(`    µs per call: ${BUILDS.map((b) => `${b} ${median(cpu(b)).toFixed(2)}`)}`)
      console.log(`    the copy: ${said(cpu('copy'), cpu('other'))}`)
      console.log(`  time: ${said(wall('this'), wall('other'))}`)
      console.log(`    the copy: ${said(wall('copy'), wall('other'))}`)
      expect(took.this).toHaveLength(PROCESSES * ROUNDS)
    }
  } finally {
    await load.stop()
    rmSync(copy, { recursive: true, force: true })
  }
})
