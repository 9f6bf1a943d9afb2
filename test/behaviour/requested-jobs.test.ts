import { expect, it } from 'vitest'
import type { JobRun } from '../../src/contract/jobs.ts'
import { eventually } from '../setup/eventually.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeEngine } from './describe-engine.ts'
import { describeTollgate } from './describe-tollgate.ts'

describeTollgate(
  'a job run on request',
  (subject) => {
    const ended = (runId: string): Promise<JobRun> =>
      eventually(async () => {
        await subject().clock.advance(0)
        const run = await subject().tollgate.jobs.get({ runId })
        expect(run.outcome).not.toBe('running')
        return run
      })
    const done = async (job: string) => {
      const begun = await subject().tollgate.jobs.run({ job })
      expect(begun).toMatchObject({ job, outcome: 'running', report: null, finishedAt: null })
      return ended(begun.id)
    }

    it('runs whatever its schedule, and stores its run and the requester', async () => {
      const { tollgate, clock } = subject()
      const id = 'billed'
      await tollgate.organizations.create({
        id,
        name: 'Billed',
        plan: 'charging',
        startsAt: '2026-02-11T00:00:00Z',
      })
      const spent = { organizationId: id, eventType: 'spend', properties: { credits: 120 } }
      await tollgate.track({ ...spent, timestamp: clock.now().toISOString() })
      await clock.set('2026-03-12T12:00:00Z')
      const run = await done('process-overage')
      expect(run).toMatchObject({ outcome: 'done', error: null })
      expect(run.report).toMatchObject({ closed: expect.anything() })
      expect((await tollgate.invoices.list({ organizationId: id })).items).toHaveLength(1)
      const { items, jobs } = await tollgate.jobs.list()
      expect(items[0]).toEqual(run)
      const listed = jobs.find(({ job }) => job === 'process-overage')
      expect(listed).toMatchObject({ lastOutcome: 'done', lastStartedAt: run.startedAt })
      const [entry] = (await tollgate.audit.listPlatform({ action: 'job.started' })).items
      expect(entry).toMatchObject({ subject: 'job:process-overage', actor: run.requestedBy })
    })

    it('compares the books with the events, and repairs them only if it is meant to', async () => {
      const { tollgate, db } = subject()
      const id = await subject().organization('charging')
      await tollgate.track({ organizationId: id, eventType: 'spend', properties: { credits: 3 } })
      expect((await done('doctor')).report).toMatchObject({ differencesInAll: 0 })
      await db.query(
        `update tollgate.rollups set events = events + 1
         where organization_id = $1 and dimension = 'total' and grain = 'day'`,
        [id],
      )
      const found = (await done('doctor')).report
      expect(found).toMatchObject({ repaired: false, differencesInAll: 1 })
      expect(found?.differences).toMatchObject([{ organizationId: id, window: 'day' }])
      expect((await done('aggregate-usage')).report).toMatchObject({ differencesInAll: 1 })
      expect((await done('doctor')).report).toMatchObject({ differencesInAll: 0 })
    })

    it('can be any job listed as runnable, and no other', async () => {
      const { tollgate } = subject()
      const { jobs } = await tollgate.jobs.list()
      for (const { job, mayRun } of jobs) {
        if (mayRun) expect((await done(job)).outcome, job).toBe('done')
        else await expect(tollgate.jobs.run({ job })).rejects.toMatchObject({ code: 'not_found' })
      }
      expect(jobs.filter(({ mayRun }) => mayRun).map(({ job }) => job)).toEqual(
        expect.arrayContaining(['verify-audit', 'doctor', 'apply-retention', 'expire-holds']),
      )
      for (const job of ['reconcile-stripe', 'drop-everything']) {
        await expect(tollgate.jobs.run({ job })).rejects.toMatchObject({ code: 'not_found' })
      }
      await expect(tollgate.jobs.get({ runId: 'x' })).rejects.toMatchObject({ code: 'not_found' })
    })
  },
  creditsOnly,
)

describeEngine('a job requested in two processes', creditsOnly, (subject) => {
  it('runs once, and another process takes it over if its own process died', async () => {
    const { tollgate, db, clock, another } = subject()
    const second = await another()
    await db.query(`select tollgate.lock_job('doctor', $1)`, [clock.now()])
    await db.query(
      `insert into tollgate.job_runs
         (job, scheduled_for, node, started_at, heard_at, leased_until, requested_by)
       values ('doctor', $1, 'elsewhere', $1, $1, $2, 'ada')`,
      [clock.now(), new Date(clock.now().getTime() + 20_000)],
    )
    for (const engine of [tollgate, second]) {
      await expect(engine.jobs.run({ job: 'doctor' })).rejects.toMatchObject({
        code: 'already_exists',
        message: expect.stringContaining('"doctor" is under way'),
      })
    }
    const goneAt = clock.now().getTime()
    await eventually(async () => {
      const [run] = (await tollgate.jobs.list()).items.filter(({ job }) => job === 'doctor')
      // It stands while the run is at work, however long that takes.
      if (run?.attempts === 1) await clock.advance(5_000)
      expect(run).toMatchObject({ outcome: 'done', attempts: 2, requestedBy: 'ada' })
      expect(run?.node).not.toBe('elsewhere')
      expect(Date.parse(run?.finishedAt ?? '') - goneAt).toBeLessThanOrEqual(30_000)
    })
    expect((await second.jobs.run({ job: 'doctor' })).outcome).toBe('running')
  })

  it('is recorded or given back when its process closes, and never failed', async () => {
    const { db, another } = subject()
    const leaving = await another()
    const { id } = await leaving.jobs.run({ job: 'verify-audit' })
    await leaving.close()
    const rows = await db.query<{ outcome: string | null; released: boolean }>(
      `select outcome, released from tollgate.job_runs where job = 'verify-audit'`,
      [],
    )
    expect(id).toContain('verify-audit_')
    expect(rows.every(({ outcome, released }) => released || outcome === 'done')).toBe(true)
  })
})
