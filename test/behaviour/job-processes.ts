import { every } from '../../src/engine/jobs/every.ts'
import { JobBook, type JobWork } from '../../src/engine/jobs/job-book.ts'
import { type Job, startJob } from '../../src/engine/jobs/schedule.ts'
import { startTakingOver } from '../../src/engine/jobs/take-over.ts'
import { createMeasures } from '../../src/engine/telemetry/measures.ts'
import type { Database } from '../../src/storage/database.ts'
import type { JobRunRow } from '../../src/storage/tables/job-runs.ts'
import type { TestClock } from '../../src/testing/index.ts'

const quiet = { info: () => {}, warn: () => {}, error: () => {} }

/** The part of a process that runs only jobs. */
export const jobProcess = (db: Database, clock: TestClock, id: string) => {
  const jobs = new JobBook(clock)
  const node = { id, beganAt: clock.now() } as never
  const ctx = { db, clock, jobs, log: quiet, node, measures: createMeasures() }
  const stops: (() => Promise<void>)[] = []
  return {
    /** Runs a job by its schedule. */
    follow: (job: Partial<Job> & { readonly run: JobWork }) => {
      const { name = 'night-work', schedule = '0 * * * *', catchUp = 'once' } = job
      stops.push(startJob(ctx, { name, does: 'A test.', schedule, catchUp, run: job.run }))
    },
    /** Takes a job over if another process went away. */
    takeOver: (name: string, run: JobWork) => {
      jobs.open({ name, does: 'A test.', schedule: null, catchUp: null, isShared: true }, run)
      stops.push(startTakingOver(ctx))
    },
    repeat: (name: string, run: () => Promise<void>) => {
      stops.push(every(ctx, { name, does: 'A test.', everyMs: 1_000 }, run))
    },
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()))
      await jobs.close()
    },
  }
}

/** Runs of a job in time order. */
export const runsOf = (db: Database, job = 'night-work'): Promise<JobRunRow[]> =>
  db.query('select * from tollgate.job_runs where job = $1 order by scheduled_for', [job])

/** A promise that the test resolves. */
export const latch = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}
