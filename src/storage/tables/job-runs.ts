import type { Queryable } from '../database.ts'

export interface JobRunRow {
  readonly job: string
  readonly scheduled_for: Date
  readonly node: string
  readonly started_at: Date
  readonly heard_at: Date
  readonly finished_at: Date | null
  readonly outcome: 'done' | 'failed' | 'skipped' | null
  readonly report: Record<string, unknown> | null
  readonly error: string | null
}

/** A run of a job: one a time of its schedule. */
export interface JobRunName {
  readonly job: string
  readonly scheduledFor: Date
}

/** Whether this process is the one that does it. */
export const claimJob = async (
  db: Queryable,
  { job, scheduledFor }: JobRunName,
  node: string,
  at: Date,
): Promise<boolean> => {
  const rows = await db.query<{ ours: boolean }>(
    'select tollgate.claim_job($1, $2, $3, $4) as ours',
    [job, scheduledFor, node, at],
  )
  return rows[0]?.ours ?? false
}

/** Says that the run goes on. */
export const hearJob = async (db: Queryable, { job, scheduledFor }: JobRunName, at: Date) => {
  await db.query(
    `update tollgate.job_runs set heard_at = $3
     where job = $1 and scheduled_for = $2 and finished_at is null`,
    [job, scheduledFor, at],
  )
}

export const finishJob = async (
  db: Queryable,
  { job, scheduledFor }: JobRunName,
  end: { readonly report: object } | { readonly error: string },
  at: Date,
): Promise<void> => {
  const failed = 'error' in end
  await db.query(
    `update tollgate.job_runs set finished_at = $3, outcome = $4, report = $5, error = $6
     where job = $1 and scheduled_for = $2 and finished_at is null`,
    [
      job,
      scheduledFor,
      at,
      failed ? 'failed' : 'done',
      failed ? null : end.report,
      failed ? end.error.slice(0, 2_000) : null,
    ],
  )
}

/** The latest first, from before one of them. */
export const jobRuns = (
  db: Queryable,
  page: { readonly before: { at: Date; job: string } | undefined; readonly limit: number },
): Promise<JobRunRow[]> =>
  db.query(
    `select * from tollgate.job_runs
     where $1::timestamptz is null or (scheduled_for, job) < ($1, $2::text)
     order by scheduled_for desc, job desc limit $3`,
    [page.before?.at ?? null, page.before?.job ?? null, page.limit],
  )

/** Of each job the latest that was not skipped. */
export const latestRuns = (db: Queryable): Promise<JobRunRow[]> =>
  db.query(
    `select distinct on (job) * from tollgate.job_runs
     where outcome is distinct from 'skipped' order by job, scheduled_for desc`,
    [],
  )

export const trimJobRuns = async (db: Queryable, before: Date): Promise<void> => {
  await db.query('delete from tollgate.job_runs where scheduled_for < $1', [before])
}
