import { storableJson } from '../../core/json-text.ts'
import type { Queryable } from '../database.ts'

export interface JobRunRow {
  readonly job: string
  readonly scheduled_for: Date
  readonly node: string
  readonly started_at: Date
  readonly heard_at: Date
  readonly finished_at: Date | null
  readonly outcome: 'done' | 'failed' | 'lost' | 'skipped' | null
  readonly leased_until: Date
  readonly attempts: number
  readonly missed: number
  /** True: its process stopped, and the next one goes on with it. */
  readonly released: boolean
  readonly report: Record<string, unknown> | null
  readonly error: string | null
  readonly requested_by: string | null
  readonly asked: unknown
  readonly progress: Record<string, unknown> | null
}

/** A run of a job: one for each scheduled time. */
export interface JobRunName {
  readonly job: string
  readonly scheduledFor: Date
}

/** A run that this process has on lease. Nothing is written if the row's epoch is higher by now. */
export interface LeasedRun extends JobRunName {
  readonly epoch: bigint
}

/** The process that leases a run, the present, and the end of the lease. */
interface Leasing {
  readonly node: string
  readonly at: Date
  readonly until: Date
}

/** The instant up to which a job's schedule has been processed. For a new job, it is `begunAt`. */
export const dueThrough = async (db: Queryable, job: string, begunAt: Date): Promise<Date> => {
  const known = await db.query<{ due_through: Date }>(
    'select due_through from tollgate.jobs where job = $1',
    [job],
  )
  if (known[0]) return known[0].due_through
  const made = await db.query<{ due_through: Date }>(
    'select due_through from tollgate.lock_job($1, $2)',
    [job, begunAt],
  )
  return (made[0] as { due_through: Date }).due_through
}

/** A scheduled time that has come. */
export interface DueTime extends JobRunName {
  /** The instant up to which the schedule had been processed at the query. */
  readonly after: Date
  /** The number of scheduled times in between. */
  readonly missed: number
  /** True: the run is only recorded as skipped. */
  readonly passesOver: boolean
}

/** Claims a run. Undefined if another process runs it, or if it was only recorded as skipped. */
export const claimJob = async (
  db: Queryable,
  { job, scheduledFor, after, missed, passesOver }: DueTime,
  { node, at, until }: Leasing,
): Promise<LeasedRun | undefined> => {
  const [row] = await db.query<{ epoch: bigint | null }>(
    'select tollgate.claim_job($1, $2, $3, $4, $5, $6, $7, $8) as epoch',
    [job, after, scheduledFor, missed, passesOver, node, at, until],
  )
  return row && row.epoch !== null ? { job, scheduledFor, epoch: row.epoch } : undefined
}

/** Starts a run on request; undefined if another run is under way. */
export const beginJob = async (
  tx: Queryable,
  job: string,
  { node, at, until, by, input }: Leasing & { readonly by: string; readonly input: unknown },
): Promise<LeasedRun | undefined> => {
  const [row] = await tx.query<{ scheduled_for: Date; epoch: bigint }>(
    'select scheduled_for, epoch from tollgate.begin_job($1, $2, $3, $4, $5, $6::jsonb)',
    [job, node, at, until, by, JSON.stringify(input ?? null)],
  )
  return row && { job, scheduledFor: row.scheduled_for, epoch: row.epoch }
}

/** Takes over runs of these jobs whose processes have died, with the requests that started them. */
export const takeOverRuns = async (
  db: Queryable,
  jobs: readonly string[],
  mostAttempts: number,
  { node, at, until }: Leasing,
): Promise<readonly (LeasedRun & { readonly asked: unknown })[]> => {
  const rows = await db.query<{
    job: string
    scheduled_for: Date
    epoch: bigint
    asked: unknown
  }>('select job, scheduled_for, epoch, asked from tollgate.take_over_runs($1, $2, $3, $4, $5)', [
    jobs,
    mostAttempts,
    node,
    at,
    until,
  ])
  return rows.map(({ scheduled_for, ...run }) => ({ ...run, scheduledFor: scheduled_for }))
}

/**
 * Extends the run's lease and stores its progress. Returns false if another process has the run by
 * now.
 */
export const hearJob = async (
  db: Queryable,
  { job, scheduledFor, epoch }: LeasedRun,
  { at, until }: Pick<Leasing, 'at' | 'until'>,
  progress?: object,
): Promise<boolean> => {
  const rows = await db.query(
    `update tollgate.job_runs
     set heard_at = $4, leased_until = $5, progress = coalesce($6::jsonb, progress)
     where job = $1 and scheduled_for = $2 and epoch = $3 and finished_at is null
       and not released returning job`,
    [
      ...[job, scheduledFor, epoch, at, until],
      progress ? storableJson(JSON.stringify(progress)) : null,
    ],
  )
  return rows.length > 0
}

/**
 * Stores how the run ended. Returns false, and writes nothing, if another process has the run by
 * now.
 */
export const endRun = async (
  db: Queryable,
  { job, scheduledFor, epoch }: LeasedRun,
  end: { readonly report: object } | { readonly error: string },
  at: Date,
): Promise<boolean> => {
  const [outcome, report, error] =
    'error' in end
      ? ['failed', null, end.error.replaceAll('\0', '').slice(0, 2_000).toWellFormed()]
      : ['done', storableJson(JSON.stringify(end.report)), null]
  const [row] = await db.query<{ written: boolean }>(
    'select tollgate.end_run($1, $2, $3, $4, $5::jsonb, $6, $7) as written',
    [job, scheduledFor, epoch, outcome, report, error, at],
  )
  return row?.written ?? false
}

/**
 * Gives a run back, because this process stops. Returns false if another process has the run by
 * now.
 */
export const releaseRun = async (
  db: Queryable,
  { job, scheduledFor, epoch }: LeasedRun,
  at: Date,
): Promise<boolean> => {
  const [row] = await db.query<{ released: boolean }>(
    'select tollgate.release_run($1, $2, $3, $4) as released',
    [job, scheduledFor, epoch, at],
  )
  return row?.released ?? false
}

export const findJobRun = async (
  db: Queryable,
  { job, scheduledFor }: JobRunName,
): Promise<JobRunRow | undefined> => {
  const [row] = await db.query<JobRunRow>(
    'select * from tollgate.job_runs where job = $1 and scheduled_for = $2',
    [job, scheduledFor],
  )
  return row
}

/** A page of runs before a given one, the latest first; of one job if it is named. */
export const jobRuns = (
  db: Queryable,
  page: {
    readonly before: { at: Date; job: string } | undefined
    readonly limit: number
    readonly job?: string
  },
): Promise<JobRunRow[]> =>
  db.query(
    `select * from tollgate.job_runs
     where ($1::timestamptz is null or (scheduled_for, job) < ($1, $2::text))
       and ($4::text is null or job = $4)
     order by scheduled_for desc, job desc limit $3`,
    [page.before?.at ?? null, page.before?.job ?? null, page.limit, page.job ?? null],
  )

/** Jobs whose last run failed, or that some process fails at, and since when they fail. */
export const failingJobs = (db: Queryable): Promise<{ job: string; failing_since: Date }[]> =>
  db.query(
    `select job, min(failing_since) as failing_since from (
       select job, failing_since from tollgate.jobs where failing_since is not null
       union all select job, failing_since from tollgate.job_failures) f
     group by job order by job`,
    [],
  )

/** The latest run of each job that was not skipped. */
export const latestRuns = (db: Queryable): Promise<JobRunRow[]> =>
  db.query(
    `select distinct on (job) * from tollgate.job_runs
     where outcome is distinct from 'skipped' order by job, scheduled_for desc`,
    [],
  )

export const trimJobRuns = async (db: Queryable, before: Date): Promise<void> => {
  await db.query('delete from tollgate.job_runs where scheduled_for < $1', [before])
}
