import { Client } from 'pg'
import { inject, it } from 'vitest'
import type { Call } from '../src/contract/usage.ts'
import { callOf } from './gate-catalog.ts'
import { fromCallers, newDatabase, openGate } from './gate-subjects.ts'
import { machine, median } from './report.ts'

/**
 * The latency of one organization's decisions with and without a noisy neighbour. Decisions are
 * strict on PostgreSQL, so each one uses the store. Each case is between two quiet rounds of the
 * same run.
 */

const RUNS = Number(process.env.BENCH_RUNS ?? 3)
const CALLS = 3_000
const CALLERS = 4
const RESERVATIONS = 10_000
const server = inject('postgresUrl')

const { createHandler } = (await import('../dist/server.js')) as typeof import('../src/server.ts')

const NEIGHBOUR = 'globex'
const ADMIN_KEY = 'the-admin-key-of-the-benchmark'

it.runIf(server)('keeps neighbours apart', { timeout: 1_200_000 }, async () => {
  console.log(machine())
  const database = await newDatabase(server as string)
  const tollgate = await openGate(database.url, { decide: 'strict' })
  await tollgate.organizations.create({ id: NEIGHBOUR, name: 'Globex', plan: 'bench/large' })
  const handler = createHandler(tollgate, { adminKey: ADMIN_KEY })
  const neighbours = (): Call => callOf(NEIGHBOUR)
  await tollgate.record(Array.from({ length: 1_000 }, neighbours))

  const measured = () => fromCallers(CALLERS, CALLS, () => tollgate.track(callOf('acme')))

  /** Repeats it until stopped; refusals do not matter here. */
  const goOn = (loops: number, one: () => Promise<unknown>): (() => Promise<void>) => {
    let isOver = false
    const going = Array.from({ length: loops }, async () => {
      while (!isOver) await one().catch(() => undefined)
    })
    return async () => {
      isOver = true
      await Promise.all(going)
    }
  }

  const holdsItsLock = async () => {
    const client = new Client({ connectionString: database.url })
    await client.connect()
    await client.query('begin')
    await tollgate.within(client).track(neighbours())
    const stop = goOn(5, () => tollgate.track(neighbours()))
    return async () => {
      await client.query('rollback')
      await client.end()
      await stop()
    }
  }

  const exportsWithoutReading = async () => {
    const url = `http://bench.test/api/usage/history?format=csv&organizationId=${NEIGHBOUR}`
    const headers = { authorization: `Bearer ${ADMIN_KEY}` }
    const responses = await Promise.all(
      Array.from({ length: 100 }, () => handler(new Request(url, { headers }))),
    )
    return async () => {
      await Promise.all(responses.map((response) => response.body?.cancel()))
    }
  }

  const sendsTenfold = async () => goOn(10 * CALLERS, () => tollgate.track(neighbours()))

  const waitsForReports = async () =>
    goOn(25, () => tollgate.usage.manage({ organizationId: NEIGHBOUR }))

  /** All are reserved first; they expire a second later, in the middle of the measurement. */
  const expireAtOnce = async () => {
    const expiresAt = Date.now() + 60_000
    const holds: { reservationId: string }[] = []
    await fromCallers(64, RESERVATIONS, async () => {
      const hold = await tollgate.reserve({
        ...neighbours(),
        expiresInMs: Math.max(1_000, expiresAt - Date.now()),
      })
      if (hold.allowed) holds.push(hold)
    })
    const wait = Math.max(0, expiresAt - Date.now() - 100)
    await new Promise((resolve) => setTimeout(resolve, wait))
    return async () => undefined
  }

  const cases: [string, () => Promise<() => Promise<void>>][] = [
    ['holds its lock, and five calls wait for it', holdsItsLock],
    ['asks for 100 exports and reads none', exportsWithoutReading],
    ['sends ten times as much', sendsTenfold],
    ['waits for 25 reports, again and again', waitsForReports],
    [`has ${RESERVATIONS} reservations expire at once`, expireAtOnce],
  ]
  await measured()
  for (const [name, begin] of cases) {
    const ratios: number[] = []
    const figures: number[][] = []
    for (let run = 0; run < RUNS; run++) {
      const before = await measured()
      const end = await begin()
      const during = await measured()
      await end()
      const quiet = (before.p99Ms + (await measured()).p99Ms) / 2
      ratios.push(during.p99Ms / quiet)
      figures.push([quiet, during.p99Ms])
    }
    const [quiet = [], during = []] = [0, 1].map((n) => figures.map((one) => one[n] ?? 0))
    console.log(
      `a neighbour ${name.padEnd(46)} p99 ${median(during).toFixed(2)} ms, quiet ${median(quiet).toFixed(2)} ms: ${median(ratios).toFixed(2)} ×`,
    )
  }
  await tollgate.close()
  await database.drop()
})
