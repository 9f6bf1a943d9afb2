import { beforeAll, expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { TollgateEngine } from '../../src/index.ts'
import type { Database, Queryable } from '../../src/storage/database.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { creditsOnly } from '../behaviour/credits-catalog.ts'
import { isLong, times } from '../setup/form.ts'
import { describeByForm } from '../setup/substrates.ts'
import { Fuse, withFuse } from './fuse.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const BEGIN = '2026-03-10T12:00:00Z'
const SCHEDULES = {
  'aggregate-usage': '40 3 * * *',
  'verify-audit': '0 */6 * * *',
  doctor: '30 5 * * *',
}
const EVERY_MINUTES = isLong ? 15 : 60
/** How often in the 24 hours each is due. */
const DUE = {
  'apply-retention': 1,
  'aggregate-usage': 1,
  'verify-audit': 4,
  doctor: 1,
  'process-overage': (24 * 60) / EVERY_MINUTES,
}
/** The first run at which periods are over that ended at midnight, and their hour of grace. */
const KILLED_AT = '2026-03-11T01:00:00.000Z'
const ORGANIZATIONS = times('JOB_DAYS_ORGANIZATIONS', { short: 12, long: 60 })

describeByForm('two processes over 24 hours, of which one is killed within a run', (open) => {
  let db: Database
  let clock: TestClock
  const engines: TollgateEngine[] = []
  /** Of the one that is killed: whichever of the two has the run. */
  let blown: Fuse | undefined
  const tookOver = { afterMs: Number.NaN }

  /** Whether nothing is under way, and nothing that the killed one had. */
  const isQuiet = async (): Promise<boolean> => {
    const [row] = await db.query<{ open: boolean }>(
      'select exists (select from tollgate.job_runs where finished_at is null) as open',
    )
    return row?.open === false
  }
  /** Lets what was begun by a turn of the clock end. */
  const settled = async (runs: number): Promise<void> => {
    for (let tried = 0; tried < 2_000; tried += 1) {
      const [row] = await db.query<{ runs: bigint }>(
        'select count(*) as runs from tollgate.job_runs',
      )
      if (Number(row?.runs) >= runs && (await isQuiet())) return
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    throw new Error('what was due was not done')
  }

  beforeAll(async () => {
    db = await open()
    clock = testClock(BEGIN)
    const options = {
      ...creditsOnly,
      clock,
      schedules: SCHEDULES,
      billing: { schedule: isLong ? '*/15 * * * *' : '0 * * * *' },
    }
    for (let n = 0; n < 2; n += 1) {
      engines.push(await createTollgate({ ...options, database: mortal(db) }))
    }
    const [first] = engines as [TollgateEngine]
    for (let n = 0; n < ORGANIZATIONS; n += 1) {
      const id = `org-${n}`
      await first.organizations.create({
        id,
        name: id,
        plan: 'charging',
        startsAt: '2026-02-11T00:00:00Z',
      })
      await first.track({ organizationId: id, eventType: 'spend', properties: { credits: 120 } })
    }
    await clock.advance(1)
    let runs = 0
    for (let minute = 5; minute <= 24 * 60; minute += 5) {
      const at = new Date(Date.parse(BEGIN) + minute * MINUTE_MS)
      const due = dueAt(at)
      if (due.length === 0) continue
      await clock.set(at)
      runs += due.length
      if (at.toISOString() === KILLED_AT) await killed()
      await settled(runs)
    }
  })

  /** Of a process that ends within the transaction that closes the first periods. */
  const mortal = (database: Database): Database => {
    const fuse = new Fuse()
    const watched =
      (on: Queryable): Queryable['query'] =>
      async (text, values) => {
        const rows = await on.query(text, values)
        if (text.includes('into tollgate.invoices') && !blown) {
          blown = fuse
          fuse.arm(1)
        }
        return rows as never
      }
    const transaction: Database['transaction'] = (work) =>
      database.transaction((tx) => work({ query: watched(tx) }))
    return withFuse({ ...database, query: watched(database), transaction }, fuse)
  }

  /** The other one goes on with the run, by its clock and by nothing else. */
  const killed = async (): Promise<void> => {
    const diedAt = clock.now().getTime()
    for (let tried = 0; !blown?.isBlown && tried < 2_000; tried += 1) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    expect(blown?.isBlown).toBe(true)
    expect(await isQuiet()).toBe(false)
    const nodes = await db.query<{ node: string }>(
      'select node from tollgate.job_runs where finished_at is null',
    )
    while (Number.isNaN(tookOver.afterMs) && clock.now().getTime() - diedAt < MINUTE_MS) {
      await clock.advance(1_000)
      await new Promise((resolve) => setTimeout(resolve, 5))
      const [row] = await db.query(
        `select from tollgate.job_runs
         where job = 'process-overage' and attempts = 2 and node <> $1`,
        [nodes[0]?.node],
      )
      if (row) tookOver.afterMs = clock.now().getTime() - diedAt
    }
  }

  /** Which jobs are due at one of the times that the clock is turned to. */
  const dueAt = (at: Date): string[] => {
    const time = at.toISOString().slice(11, 16)
    const minute = at.getUTCHours() * 60 + at.getUTCMinutes()
    return [
      ...(minute % EVERY_MINUTES === 0 ? ['process-overage'] : []),
      ...(minute % 360 === 0 ? ['verify-audit'] : []),
      ...(time === '05:30' ? ['doctor'] : []),
      ...(time === '03:10' ? ['apply-retention'] : []),
      ...(time === '03:40' ? ['aggregate-usage'] : []),
    ]
  }

  it('do each job whenever it is due, once', async () => {
    const rows = await db.query<{ job: string; runs: bigint; done: bigint; missed: bigint }>(
      `select job, count(*) as runs, count(*) filter (where outcome = 'done') as done,
              sum(missed) as missed
       from tollgate.job_runs group by job order by job`,
    )
    expect(Object.fromEntries(rows.map(({ job, runs }) => [job, Number(runs)]))).toEqual(DUE)
    expect(rows.every(({ runs, done, missed }) => runs === done && Number(missed) === 0)).toBe(true)
    const late = await db.query(
      `select from tollgate.job_runs
       where started_at <> scheduled_for`,
    )
    expect(late).toEqual([])
  })

  it('take over what the killed one had within 30 s, and do nothing twice', async () => {
    expect(tookOver.afterMs).toBeLessThanOrEqual(30_000)
    const taken = await db.query('select job, attempts from tollgate.job_runs where attempts > 1')
    expect(taken).toEqual([{ job: 'process-overage', attempts: 2 }])
    const billed = await db.query<{ invoices: bigint; organizations: bigint }>(
      `select count(*) as invoices, count(distinct organization_id) as organizations
       from tollgate.invoices`,
    )
    const each = BigInt(ORGANIZATIONS)
    expect(billed).toEqual([{ invoices: each, organizations: each }])
    const told = await db.query<{ organization_id: string; events: bigint }>(
      `select organization_id, count(*) as events from tollgate.domain_events
       where kind in ('invoice.closed', 'job.failed') group by 1`,
    )
    expect(told).toHaveLength(ORGANIZATIONS)
    expect(told.every(({ events }) => events === 1n)).toBe(true)
    expect(clock.now().getTime() - Date.parse(BEGIN)).toBe(24 * HOUR_MS)
    await Promise.all(engines.map((engine) => engine.close().catch(() => undefined)))
  })
})
