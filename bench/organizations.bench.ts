import { fork } from 'node:child_process'
import { once } from 'node:events'
import { inject, it } from 'vitest'
import { onServer } from '../test/setup/substrates.ts'
import { callOf } from './gate-catalog.ts'
import { newDatabase, openGate } from './gate-subjects.ts'
import { machine, median, thousands } from './report.ts'

/**
 * The cost of a hundred thousand organizations in a leased process: the heap of an idle
 * organization, and the slowdown of decisions. The comparison, in turns, is a process that knows
 * only the called organizations.
 */

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const ORGANIZATIONS = Number(process.env.BENCH_ORGANIZATIONS ?? 100_000)
const CALLERS = 64
const CALLS = 50_000
/** The organizations to call, evenly spread over all. */
const IN_TURN = 100

const server = inject('postgresUrl')

const idOf = (n: number): string => `org-${String(n).padStart(6, '0')}`
const everyOne = Array.from({ length: ORGANIZATIONS }, (_, n) => idOf(n))
const inTurn = Array.from({ length: IN_TURN }, (_, n) =>
  idOf(Math.floor((n * ORGANIZATIONS) / IN_TURN)),
)

/** A database with the organizations: copies of one, made in one statement. */
const databaseOfMany = async () => {
  const database = await newDatabase(server as string)
  const tollgate = await openGate(database.url, {})
  await tollgate.close()
  await onServer(database.url, async (client) => {
    await client.query(
      `insert into tollgate.organizations
       select (jsonb_populate_record(o, jsonb_build_object('id', n.id, 'name', n.id))).*
       from tollgate.organizations o, unnest($1::text[]) n (id) where o.id = 'acme'`,
      [everyOne],
    )
    await client.query('analyze')
  })
  return database
}

interface EngineProcess {
  call<Value>(verb: string, wanted?: object): Promise<Value>
  close(): Promise<void>
}

const openProcess = async (url: string): Promise<EngineProcess> => {
  const { organizationId: _, ...event } = callOf('')
  const settings = JSON.stringify({ url, event })
  const script = new URL('./organizations-process.mjs', import.meta.url)
  const child = fork(script, [settings], { execArgv: ['--expose-gc'] })
  const ended = once(child, 'exit').then(([code]) => [{ error: `the process ended with ${code}` }])
  const answer = async (): Promise<unknown> => {
    const [{ value, error }] = await Promise.race([once(child, 'message'), ended])
    if (error) throw new Error(error)
    return value
  }
  await answer()
  const call = <Value>(verb: string, wanted: object = {}): Promise<Value> => {
    child.send({ verb, ...wanted })
    return answer() as Promise<Value>
  }
  const close = async () => {
    await call('close')
    child.disconnect()
    await ended
  }
  return { call, close }
}

/** Resolves when all leases are returned: the organizations are idle. */
const allIdle = (url: string): Promise<void> =>
  onServer(url, async (client) => {
    for (;;) {
      const { rows } = await client.query('select 1 from tollgate.leases where units > 0 limit 1')
      if (rows.length === 0) return
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })

const subject = (name: string, engine: EngineProcess, organizationIds: readonly string[]) => ({
  name,
  engine,
  organizationIds,
  runs: [] as number[],
})

it.runIf(server)('knows many organizations', async () => {
  console.log(machine())
  const database = await databaseOfMany()
  const few = await openProcess(database.url)
  const many = await openProcess(database.url)

  // Everything is loaded and compiled before the heap is measured.
  await many.call('decide', { organizationIds: inTurn.slice(0, 1), count: CALLS })
  await allIdle(database.url)
  const before = await many.call<number>('heap')
  await many.call('useEach', { organizationIds: everyOne, callers: CALLERS })
  await allIdle(database.url)
  const after = await many.call<number>('heap')
  const each = (after - before) / (ORGANIZATIONS - 1)
  console.log(
    `heap of ${thousands(ORGANIZATIONS)} idle organizations: ` +
      `${((after - before) / 2 ** 20).toFixed(1)} MiB, ${thousands(each)} bytes each`,
  )
  const file = process.env.BENCH_SNAPSHOT
  if (file) console.log(await many.call('snapshot', { file }))

  const subjects = [
    subject('one organization, which is all that is known', few, inTurn.slice(-1)),
    subject(`one organization of ${thousands(ORGANIZATIONS)}`, many, inTurn.slice(-1)),
    subject(`${IN_TURN} in turn, which are all that are known`, few, inTurn),
    subject(`${IN_TURN} in turn of ${thousands(ORGANIZATIONS)}`, many, inTurn),
  ]
  // The first turn warms up.
  for (let run = 0; run <= RUNS; run++) {
    for (const { engine, organizationIds, runs } of subjects) {
      const p50 = await engine.call<number>('decide', { organizationIds, count: CALLS })
      if (run > 0) runs.push(p50)
    }
  }
  for (const [index, { name, runs }] of subjects.entries()) {
    const beside = subjects[index - (index % 2)]?.runs ?? runs
    const ratio = (median(runs) / median(beside)).toFixed(2)
    const all = runs.map((us) => us.toFixed(2)).join(' · ')
    console.log(`${name.padEnd(46)} p50 ${median(runs).toFixed(2)} µs  ${ratio} ×  (${all})`)
  }
  await few.close()
  await many.close()
  await database.drop()
})
