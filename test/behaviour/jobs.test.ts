import { expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { TollgateEngine } from '../../src/index.ts'
import type { Database } from '../../src/storage/database.ts'
import { claimJob, dueThrough } from '../../src/storage/tables/job-runs.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { eventually } from '../setup/eventually.ts'
import { describeByForm } from '../setup/substrates.ts'
import { creditsOnly } from './credits-catalog.ts'

const JOB = 'process-overage'

describeByForm('a scheduled job', (open) => {
  /**
   * Opens this many processes on one database with one schedule, at the end of a billing period.
   */
  const started = async (processes: number) => {
    const db = await open()
    await db.query('truncate tollgate.jobs, tollgate.job_runs, tollgate.organizations cascade')
    const clock = testClock('2026-03-10T12:00:00Z')
    const billing = { schedule: '*/15 * * * *' }
    const engines: TollgateEngine[] = []
    for (let n = 0; n < processes; n++) {
      engines.push(await createTollgate({ ...creditsOnly, database: db, clock, billing }))
    }
    const close = async () => {
      for (const engine of engines) await engine.close()
    }
    return { db, clock, engines, first: engines[0] as TollgateEngine, close }
  }

  const runs = async (db: Database) =>
    db.query<{ scheduled_for: Date; outcome: string | null }>(
      'select scheduled_for, outcome from tollgate.job_runs where job = $1 order by scheduled_for',
      [JOB],
    )

  /** Waits until this many runs have ended. */
  const ended = async (db: Database, clock: TestClock, count: number) =>
    eventually(async () => {
      await clock.advance(0)
      const done = (await runs(db)).filter(({ outcome }) => outcome !== null)
      expect(done).toHaveLength(count)
      return done
    })

  it('runs once at each of its times, in one of several processes', async () => {
    const { db, clock, first, close } = await started(3)
    const id = 'acme'
    await first.organizations.create({
      id,
      name: 'Acme',
      plan: 'charging',
      startsAt: '2026-02-11T00:00:00Z',
    })
    await first.track({ organizationId: id, eventType: 'spend', properties: { credits: 120 } })
    await clock.set('2026-03-10T12:15:00Z')
    await ended(db, clock, 1)
    await clock.set('2026-03-10T12:30:00Z')
    await ended(db, clock, 2)
    expect((await first.invoices.list({ organizationId: id })).items).toEqual([])
    // The next run must find no earlier run still open.
    await clock.set('2026-03-11T00:59:00Z')
    await eventually(async () => {
      const begun = await runs(db)
      expect(begun.at(-1)?.scheduled_for).toEqual(new Date('2026-03-11T00:45:00Z'))
      expect(begun.every(({ outcome }) => outcome !== null)).toBe(true)
    })
    await clock.set('2026-03-11T01:00:00Z')
    await eventually(async () => {
      await clock.advance(0)
      expect((await first.invoices.list({ organizationId: id })).items).toMatchObject([
        { total: '11.00' },
      ])
    })
    const { items } = await first.jobs.list()
    const at = items.map(({ job, scheduledFor }) => `${job} ${scheduledFor}`)
    expect(new Set(at).size).toBe(at.length)
    expect(items.every(({ attempts }) => attempts === 1)).toBe(true)
    await close()
  })

  it('skips a time while an earlier run continues, and takes over a run whose process died', async () => {
    const { db, clock, first, close } = await started(1)
    const after = clock.now()
    const at = new Date('2026-03-10T12:14:50Z')
    const until = new Date('2026-03-10T12:15:10Z')
    const due = { job: JOB, scheduledFor: at, after, missed: 0, passesOver: false }
    await eventually(async () => expect(await dueThrough(db, JOB, after)).toEqual(after))
    expect(await claimJob(db, due, { node: 'another', at, until })).toMatchObject({ job: JOB })
    expect(await claimJob(db, due, { node: 'a third', at, until })).toBeUndefined()
    await clock.set('2026-03-10T12:15:00Z')
    await ended(db, clock, 1)
    expect((await first.jobs.list()).items).toMatchObject([
      { outcome: 'skipped', scheduledFor: '2026-03-10T12:15:00.000Z' },
      { outcome: 'running', node: 'another' },
    ])
    await clock.set('2026-03-10T12:15:10Z')
    expect((await first.jobs.list()).items[1]).toMatchObject({ outcome: 'lost' })
    await eventually(async () => {
      await clock.advance(5_000)
      const [, run] = (await first.jobs.list()).items
      expect(run).toMatchObject({ outcome: 'done', attempts: 2, report: { closed: 0, failed: 0 } })
      expect(run?.node).not.toBe('another')
    })
    expect(clock.now().getTime()).toBeLessThanOrEqual(new Date('2026-03-10T12:15:40Z').getTime())
    await close()
  })

  it('is listed with its purpose and due time before its first run, then with its outcome', async () => {
    const { db, clock, first, close } = await started(1)
    const listed = async () => {
      const { jobs } = await first.jobs.list()
      return (name: string) => jobs.find(({ job }) => job === name)
    }
    const before = await listed()
    expect(before(JOB)).toMatchObject({
      schedule: '*/15 * * * *',
      sharedBy: 'all processes',
      lastOutcome: null,
      nextAt: '2026-03-10T12:15:00.000Z',
    })
    expect(before(JOB)?.does).toMatch(/invoices/)
    expect(before('apply-retention')).toMatchObject({
      schedule: '10 3 * * *',
      catchUp: 'once',
      sharedBy: 'all processes',
      failingSince: null,
      lastStartedAt: null,
      nextAt: '2026-03-11T03:10:00.000Z',
    })
    await clock.set('2026-03-10T12:15:00Z')
    await ended(db, clock, 1)
    await eventually(async () => {
      await clock.advance(0)
      const after = await listed()
      expect(after(JOB)).toMatchObject({
        lastStartedAt: '2026-03-10T12:15:00.000Z',
        lastOutcome: 'done',
        nextAt: '2026-03-10T12:30:00.000Z',
      })
      expect(after('expire-holds')).toMatchObject({ lastOutcome: 'done', lastError: null })
    })
    await close()
  })

  it('lists its runs by page', async () => {
    const { db, clock, first, close } = await started(1)
    for (const minute of [15, 30, 45]) {
      await clock.set(`2026-03-10T12:${minute}:00Z`)
      await ended(db, clock, minute / 15)
    }
    const page = await first.jobs.list({ limit: 2 })
    const rest = await first.jobs.list({ limit: 2, cursor: page.nextCursor as string })
    expect([...page.items, ...rest.items].map(({ scheduledFor }) => scheduledFor)).toEqual([
      '2026-03-10T12:45:00.000Z',
      '2026-03-10T12:30:00.000Z',
      '2026-03-10T12:15:00.000Z',
    ])
    await expect(first.jobs.list({ cursor: 'nonsense' })).rejects.toMatchObject({
      faults: [{ field: 'cursor' }],
    })
    await close()
  })
})
