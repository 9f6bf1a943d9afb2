import { loadavg } from 'node:os'
import { Client } from 'pg'
import { expect, inject, it } from 'vitest'
import type { TollgateEngine } from '../src/contract/tollgate.ts'
import type { Call } from '../src/contract/usage.ts'
import { callOf } from './gate-catalog.ts'
import { fromCallers, newDatabase, openGate } from './gate-subjects.ts'
import { machine, median } from './report.ts'

/**
 * The latency of one organization's calls with and without a noisy neighbour. Decisions are strict
 * on PostgreSQL, so each one uses the store. Each case is between two quiet rounds of the same run,
 * and has a database of its own. `BENCH_CASES=changes,expiries` runs only those.
 */

const RUNS = Number(process.env.BENCH_RUNS ?? 3)
const CASES = process.env.BENCH_CASES?.split(',')
const CALLS = 3_000
/** The most that one round takes, however slow its calls are. */
const ROUND_MS = 20_000
const CALLERS = 4
const EVENTS = 100_000
const RESERVATIONS = 10_000
/** The most that reserving takes. All reservations expire when it is over. */
const RESERVING_MS = 60_000
const server = inject('postgresUrl')

const { createHandler } = (await import('../dist/server.js')) as typeof import('../src/server.ts')

const ACME = 'acme'
/** Its calls use the same lane as those of acme, so the two share batches. */
const NEIGHBOUR = 'initech'
const ADMIN_KEY = 'the-admin-key-of-the-benchmark'

interface Place {
  readonly tollgate: TollgateEngine
  readonly url: string
}

/** Begins the noise. The returned function ends it. */
type Noise = (place: Place) => Promise<() => Promise<void>>

const neighbours = (): Call => callOf(NEIGHBOUR)
const decides = ({ tollgate }: Place) => tollgate.track(callOf(ACME))
const reads = ({ tollgate }: Place) => tollgate.usage.current({ organizationId: ACME })

/**
 * Repeats it until stopped. A noise of failures alone is none, so at least one call must succeed.
 * Each call awaits a turn of the event loop: one that fails at once would keep all others from it.
 */
const goOn = (loops: number, one: () => Promise<unknown>): (() => Promise<void>) => {
  let isOver = false
  let done = 0
  const failures = new Map<string, number>()
  const going = Array.from({ length: loops }, async () => {
    while (!isOver) {
      try {
        await one()
        done += 1
      } catch (error) {
        const { message } = error as Error
        failures.set(message, (failures.get(message) ?? 0) + 1)
      }
      await new Promise(setImmediate)
    }
  })
  return async () => {
    isOver = true
    await Promise.all(going)
    const failed = [...failures].map(([message, times]) => `, ${times} × "${message}"`).join('')
    console.log(`  the neighbour: ${done} calls${failed}`)
    expect(done).toBeGreaterThan(0)
  }
}

const holdsItsLock: Noise = async ({ tollgate, url }) => {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  await tollgate.within(client).track(neighbours())
  let isOver = false
  const waiting = Array.from({ length: 5 }, async () => {
    while (!isOver) await tollgate.track(neighbours()).catch(() => undefined)
  })
  return async () => {
    isOver = true
    await client.query('rollback')
    await client.end()
    await Promise.all(waiting)
  }
}

const exportsWithoutReading: Noise = async ({ tollgate }) => {
  const handler = createHandler(tollgate, { adminKey: ADMIN_KEY })
  const url = `http://bench.test/api/usage/history?format=csv&organizationId=${NEIGHBOUR}`
  const headers = { authorization: `Bearer ${ADMIN_KEY}` }
  const responses = await Promise.all(
    Array.from({ length: 100 }, () => handler(new Request(url, { headers }))),
  )
  return async () => {
    await Promise.all(responses.map((response) => response.body?.cancel()))
  }
}

const sendsTenfold: Noise = async ({ tollgate }) =>
  goOn(10 * CALLERS, () => tollgate.track(neighbours()))

const waitsForReports: Noise = async ({ tollgate }) =>
  goOn(25, () => tollgate.usage.management({ organizationId: NEIGHBOUR }))

/** No two ask the same, so that no answer is shared. */
const waitsForScans: Noise = async ({ tollgate }) => {
  let asked = 0
  return goOn(25, () => {
    asked += 1
    const minCredits = (1_000 + (asked % 1_000)) / 1_000
    return tollgate.usage.history({ organizationId: NEIGHBOUR, minCredits, summary: true })
  })
}

/** Each change locks the organization. */
const changesItsSettings: Noise = async ({ tollgate }) => {
  let changes = 0
  return goOn(25, () => {
    changes += 1
    const warnPercent = 50 + (changes % 40)
    return tollgate.usage.manage({ organizationId: NEIGHBOUR, warnPercent })
  })
}

/** All are reserved first. They expire when the measurement begins. */
const expireAtOnce: Noise = async ({ tollgate }) => {
  const expiresAt = Date.now() + RESERVING_MS
  let held = 0
  await fromCallers(
    64,
    RESERVATIONS,
    async () => {
      const expiresInMs = Math.max(1_000, expiresAt - Date.now())
      const { allowed } = await tollgate.reserve({ ...neighbours(), expiresInMs })
      if (allowed) held += 1
    },
    RESERVING_MS - 5_000,
  )
  const wait = Math.max(0, expiresAt - Date.now() - 100)
  await new Promise((resolve) => setTimeout(resolve, wait))
  console.log(`  the neighbour: ${held} reservations expire`)
  return goOn(1, () => tollgate.track(neighbours()))
}

const expireWithCredits: Noise = async (place) => {
  const grant = { organizationId: NEIGHBOUR, credits: 1_000, reason: 'for the benchmark' }
  await place.tollgate.grants.create({ id: `grant-${Date.now()}`, ...grant })
  return expireAtOnce(place)
}

interface Case {
  readonly key: string
  readonly told: string
  readonly begin: Noise
  readonly measures?: typeof decides | typeof reads
}

const ALL: readonly Case[] = [
  { key: 'lock', told: 'holds its lock, and five calls wait for it', begin: holdsItsLock },
  { key: 'exports', told: 'asks for 100 exports and reads none', begin: exportsWithoutReading },
  { key: 'tenfold', told: 'sends ten times as much', begin: sendsTenfold },
  { key: 'reports', told: 'waits for 25 reports, again and again', begin: waitsForReports },
  { key: 'scans', told: 'waits for 25 totals of raw events', begin: waitsForScans },
  { key: 'changes', told: 'changes its settings 25 times at once', begin: changesItsSettings },
  { key: 'expiries', told: `has ${RESERVATIONS} reservations expire`, begin: expireAtOnce },
  { key: 'credits', told: 'has them expire, and has credits', begin: expireWithCredits },
  { key: 'reads', told: 'waits for 25 reports (reads)', begin: waitsForReports, measures: reads },
  {
    key: 'scan-reads',
    told: 'waits for 25 totals (reads)',
    begin: waitsForScans,
    measures: reads,
  },
]

/** An organization with a neighbour that has used much. */
const openPlace = async () => {
  const database = await newDatabase(server as string)
  const tollgate = await openGate(database.url, { decide: 'strict' })
  await tollgate.organizations.create({ id: NEIGHBOUR, name: 'Initech', plan: 'bench/large' })
  for (let left = EVENTS; left > 0; left -= 1_000) {
    await tollgate.record(Array.from({ length: 1_000 }, neighbours))
  }
  return {
    tollgate,
    url: database.url,
    close: async () => {
      await tollgate.close()
      await database.drop()
    },
  }
}

const load = (): string => loadavg()[0]?.toFixed(1) ?? ''

it.runIf(server).each(ALL.filter(({ key }) => CASES?.includes(key) ?? true))(
  'keeps a neighbour apart that $told',
  { timeout: RUNS * (4 * ROUND_MS + RESERVING_MS) + 300_000 },
  async ({ key, told, begin, measures = decides }) => {
    const place = await openPlace()
    const measured = () => fromCallers(CALLERS, CALLS, () => measures(place), ROUND_MS)
    console.log(`${machine()}, load ${load()}`)
    await measured()
    const rounds: { ratio: number; quiet: number; during: number; longest: number }[] = []
    for (let run = 0; run < RUNS; run++) {
      const before = await measured()
      const end = await begin(place)
      const { p99Ms: during, longestMs: longest } = await measured()
      await end()
      const quiet = (before.p99Ms + (await measured()).p99Ms) / 2
      rounds.push({ ratio: during / quiet, quiet, during, longest })
    }
    await place.close()
    const of = (figure: (round: (typeof rounds)[number]) => number) =>
      median(rounds.map(figure)).toFixed(2)
    console.log(
      `${key.padEnd(10)} a neighbour ${told.padEnd(46)} p99 ${of(({ during }) => during)} ms, ` +
        `quiet ${of(({ quiet }) => quiet)} ms: ${of(({ ratio }) => ratio)} ×; ` +
        `longest ${of(({ longest }) => longest)} ms; load ${load()}`,
    )
  },
)
