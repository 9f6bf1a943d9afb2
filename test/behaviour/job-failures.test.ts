import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { tellsOfFailures } from '../../src/engine/jobs/told-failures.ts'
import type { Database } from '../../src/storage/database.ts'
import { recoverJobs } from '../../src/storage/tables/alert-evaluation.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { eventually } from '../setup/eventually.ts'
import { describeByForm } from '../setup/substrates.ts'
import { toldOf } from './alert-steps.ts'
import { alertsOnly } from './alerts-catalog.ts'

const MINUTE_MS = 60_000
/** A job that each process does, and that can be asked for. */
const JOB = 'write-key-uses'
const quiet = { info: () => {}, warn: () => {}, error: () => {} }

describeByForm('a job that each process does', (open) => {
  let db: Database
  let clock: TestClock
  let tollgate: TollgateEngine
  beforeAll(async () => {
    db = await open()
    clock = testClock('2026-03-10T12:00:00Z')
    tollgate = await createTollgate({ ...alertsOnly, database: await open(), clock })
  })
  beforeEach(async () => {
    await db.query('truncate tollgate.job_failures, tollgate.alert_firings')
    await db.query('truncate tollgate.domain_events, tollgate.domain_event_heads cascade')
  })
  afterAll(() => tollgate.close())

  const processOf = (id: string) => {
    const teller = tellsOfFailures({ db, clock, log: quiet, node: { id } as never }, JOB)
    return {
      fails: () => teller.failed(new Error(`not in ${id}`)),
      works: () => teller.worked(),
      /** Fails for a minute, so that this is told. */
      keepsFailing: async () => {
        await teller.failed(new Error(`not in ${id}`))
        await clock.advance(MINUTE_MS)
        await teller.failed(new Error(`not in ${id}`))
      },
    }
  }
  const alerts = async () => (await toldOf(tollgate, null)).map(({ kind }) => kind)
  const events = async () => {
    const { items } = await tollgate.domainEvents.listPlatform()
    return items
      .filter(({ kind }) => kind.startsWith('job.'))
      .map(({ kind, data }) => `${kind} ${(data as { node?: string }).node}`)
      .reverse()
  }
  const swept = () => recoverJobs(db, clock.now())

  it('fires one alert however many fail at it, over when none does any more', async () => {
    const [one, other] = [processOf('one'), processOf('other')]
    await one.keepsFailing()
    await other.keepsFailing()
    expect(await alerts()).toEqual(['fired'])
    await other.works()
    await swept()
    expect(await alerts()).toEqual(['fired'])
    await one.works()
    expect(await alerts()).toEqual(['fired', 'recovered'])
    expect(await events()).toEqual([
      ...['job.failed one', 'job.failed other', 'job.recovered other', 'job.recovered one'],
    ])
  })

  it('is not recovered by another process that does it without a failure', async () => {
    await processOf('failing').keepsFailing()
    const run = await tollgate.jobs.run({ job: JOB })
    await eventually(async () =>
      expect((await tollgate.jobs.get({ runId: run.id })).outcome).toBe('done'),
    )
    await processOf('healthy').works()
    await swept()
    expect(await alerts()).toEqual(['fired'])
    const listed = (await tollgate.jobs.list()).jobs.find(({ job }) => job === JOB)
    expect(listed?.failingSince).toEqual(expect.any(String))
  })

  it('is over when the process that failed at it is gone, and not before', async () => {
    const failing = processOf('failing')
    await failing.keepsFailing()
    for (let minute = 0; minute < 7; minute += 1) {
      await clock.advance(MINUTE_MS)
      await failing.fails()
      await swept()
    }
    expect(await alerts()).toEqual(['fired'])
    await clock.advance(5 * MINUTE_MS - 1)
    await swept()
    expect(await alerts()).toEqual(['fired'])
    await clock.advance(1)
    await swept()
    expect(await alerts()).toEqual(['fired', 'recovered'])
    await failing.fails()
    await swept()
    expect(await alerts()).toEqual(['fired', 'recovered', 'fired'])
  })

  it('is told once even if its results come in at the same time', async () => {
    const one = processOf('one')
    await one.fails()
    await clock.advance(MINUTE_MS)
    await Promise.all([one.fails(), one.fails(), one.works(), one.works()])
    expect(await events()).toEqual(['job.failed one', 'job.recovered one'])
  })
})
