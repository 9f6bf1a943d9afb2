import { beforeEach, expect, it } from 'vitest'
import { runOf } from '../../src/engine/jobs/job-run.ts'
import type { Database } from '../../src/storage/database.ts'
import { beginJob } from '../../src/storage/tables/job-runs.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { eventually } from '../setup/eventually.ts'
import { describeByForm } from '../setup/substrates.ts'
import { jobProcess, latch, runsOf } from './job-processes.ts'

const JOB = 'night-work'
const HOUR_MS = 3_600_000

describeByForm('a job whose process stops', (open) => {
  let db: Database
  let clock: TestClock
  beforeEach(async () => {
    db = await open()
    clock = testClock('2026-03-10T12:00:00Z')
    await db.query('truncate tollgate.jobs, tollgate.job_runs, tollgate.alert_firings')
    await db.query('truncate tollgate.domain_events, tollgate.domain_event_heads cascade')
  })

  const kinds = async () =>
    (await db.query<{ kind: string }>('select kind from tollgate.domain_events')).map(
      ({ kind }) => kind,
    )
  /** Work that goes on until it is aborted, as a long one that heeds its signal. */
  const endless = ({ signal }: { readonly signal: AbortSignal }): Promise<object> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  /** A process that is doing the job by its schedule. */
  const doing = async (id: string) => {
    const process = jobProcess(db, clock, id)
    process.follow({ run: endless })
    await eventually(async () => {
      await clock.advance(0)
      expect((await runsOf(db)).filter(({ outcome }) => outcome === null)).toMatchObject([
        { node: id },
      ])
    })
    return process
  }
  /** A process that takes runs over, when it is. */
  const heir = (id: string, run = async () => ({})) => {
    const process = jobProcess(db, clock, id)
    process.takeOver(JOB, run)
    return process
  }
  const begun = async () => {
    await db.query('insert into tollgate.jobs (job, due_through) values ($1, $2)', [
      JOB,
      new Date(clock.now().getTime() - HOUR_MS),
    ])
  }

  it('is given back, and done by the next process at once, without a failure', async () => {
    await begun()
    const leaving = await doing('leaving')
    await leaving.stop()
    const [left] = await runsOf(db)
    expect(left).toMatchObject({ outcome: null, error: null, released: true })
    expect(runOf(left as never, clock.now()).outcome).toBe('running')
    const next = heir('next')
    await clock.advance(5_000)
    await eventually(async () =>
      expect(await runsOf(db)).toMatchObject([
        { node: 'next', outcome: 'done', attempts: 1, released: false },
      ]),
    )
    expect(await kinds()).toEqual([])
    await next.stop()
  })

  it('is not lost however often that happens', async () => {
    await begun()
    await (await doing('first')).stop()
    for (const id of ['second', 'third', 'fourth', 'fifth']) {
      const process = heir(id, endless as never)
      await clock.advance(5_000)
      await eventually(async () => expect(await runsOf(db)).toMatchObject([{ node: id }]))
      await process.stop()
      expect(await runsOf(db)).toMatchObject([{ outcome: null, released: true, attempts: 0 }])
    }
    expect(await kinds()).toEqual([])
  })

  it('is awaited if it does not heed the stop, and its result is stored', async () => {
    await begun()
    const held = latch()
    const only = jobProcess(db, clock, 'only')
    only.follow({
      run: async () => {
        await held.opened
        return { whole: true }
      },
    })
    await eventually(async () => {
      await clock.advance(0)
      expect(await runsOf(db)).toHaveLength(1)
    })
    const stopped = only.stop()
    held.open()
    await stopped
    expect(await runsOf(db)).toMatchObject([{ outcome: 'done', report: { whole: true } }])
  })

  it('is not begun beside the run that was given back, until nobody goes on with that', async () => {
    await begun()
    await (await doing('leaving')).stop()
    const asked = (at: Date) =>
      beginJob(db, JOB, {
        node: 'eager',
        at,
        until: new Date(at.getTime() + 20_000),
        by: 'ada',
        input: null,
      })
    expect(await asked(clock.now())).toBeUndefined()
    await clock.advance(30_000)
    expect(await asked(clock.now())).toMatchObject({ job: JOB })
    expect(await runsOf(db)).toMatchObject([{ outcome: 'lost' }, { outcome: null }])
  })

  it('fails as ever if it throws while nothing stops', async () => {
    await begun()
    const only = jobProcess(db, clock, 'only')
    only.follow({ run: () => Promise.reject(new Error('no room')) })
    await eventually(async () => {
      await clock.advance(0)
      expect(await runsOf(db)).toMatchObject([{ outcome: 'failed', error: 'Error: no room' }])
    })
    expect(await kinds()).toEqual(expect.arrayContaining(['job.failed']))
    await only.stop()
  })
})
