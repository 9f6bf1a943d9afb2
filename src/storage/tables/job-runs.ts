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
  readonly requested_by: string | null
  readonly asked: unknown
  readonly progress: Record<string, unknown> | null
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

/** Begins a run that somebody asks for; undefined while another one is under way. */
export const beginJob = async (
  tx: Queryable,
  job: string,
  asked: { readonly node: string; readonly at: Date; readonly by: string; readonly input: unknown },
): Promise<JobRunName | undefined> => {
  const [row] = await tx.query<{ scheduled_for: Date | null }>(
    'select tollgate.begin_job($1, $2, $3, $4, $5::jsonb) as scheduled_for',
    [job, asked.node, asked.at, asked.by, JSON.stringify(asked.input ?? null)],
  )
  return row?.scheduled_for ? { job, scheduledFor: row.scheduled_for } : undefined
}

/** Says that the run goes on, and how far it is. */
export const hearJob = async (
  db: Queryable,
  { job, scheduledFor }: JobRunName,
  at: Date,
  progress?: object,
): Promise<void> => {
  await db.query(
    `update tollgate.job_runs set heard_at = $3, progress = coalesce($4::jsonb, progress)
     where job = $1 and scheduled_for = $2 and finished_at is null`,
    [job, scheduledFor, at, progress ? JSON.stringify(progress) : null],
  )
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

/** The latest first, from before one of them; of one job where it is named. */
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
