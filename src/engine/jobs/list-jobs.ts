import type { Job, JobRun, JobRunPage } from '../../contract/jobs.ts'
import { DEFAULT_PAGE_SIZE, noCursor, type PageRequest, pageFrom } from '../../contract/page.ts'
import { failingJobs, jobRuns, latestRuns } from '../../storage/tables/job-runs.ts'
import type { Context } from '../context.ts'
import type { JobState, LastRun } from './job-book.ts'
import { runOf } from './job-run.ts'

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([\w.-]{1,100})$/

/** Every job with its state, and the scheduled runs, the latest first. */
export const listJobs = async (
  ctx: Context,
  { cursor, limit = DEFAULT_PAGE_SIZE }: PageRequest,
): Promise<JobRunPage> => {
  const before = cursor === undefined ? undefined : placeOf(cursor)
  const [rows, latest, failing] = await Promise.all([
    jobRuns(ctx.db, { before, limit: limit + 1 }),
    latestRuns(ctx.db),
    failingJobs(ctx.db),
  ])
  const at = ctx.clock.now()
  const lastOf = new Map(latest.map((row) => [row.job, runOf(row, at)]))
  const failingSince = new Map(failing.map((row) => [row.job, row.failing_since]))
  const page = pageFrom(
    rows,
    limit,
    (row) => runOf(row, at),
    ({ scheduled_for, job }) => `${scheduled_for.toISOString()}_${job}`,
  )
  const jobs = ctx.jobs.states.map((state) => ({
    ...jobOf(state, lastOf.get(state.name), failingSince.get(state.name)),
    mayRun: ctx.jobs.workOf(state.name) !== undefined,
  }))
  return { ...page, items: [...page.items], jobs }
}

/**
 * The state of a shared job comes from the database, whichever process ran it. A job of each process
 * has the state in this one, and fails if it fails in any.
 */
const jobOf = (
  state: JobState,
  shared: JobRun | undefined,
  failingSince: Date | undefined,
): Omit<Job, 'mayRun'> => {
  const { name, does, schedule, catchUp, isShared, nextAt } = state
  const common = { job: name, does, schedule, catchUp, nextAt: nextAt?.toISOString() ?? null }
  if (isShared) {
    return {
      ...common,
      sharedBy: 'all processes',
      lastStartedAt: shared?.startedAt ?? null,
      lastFinishedAt: shared?.finishedAt ?? null,
      lastOutcome: shared?.outcome ?? null,
      lastError: shared?.error ?? null,
      failingSince: failingSince?.toISOString() ?? null,
    }
  }
  const { last } = state
  return {
    ...common,
    sharedBy: 'each process',
    lastStartedAt: last?.startedAt.toISOString() ?? null,
    lastFinishedAt: last?.finishedAt?.toISOString() ?? null,
    lastOutcome: last ? outcomeOf(last) : null,
    lastError: last?.error ?? null,
    failingSince: earlier(state.failingSince, failingSince)?.toISOString() ?? null,
  }
}

/** This process knows of its own failures at once, and of those of others after a minute. */
const earlier = (one: Date | undefined, other: Date | undefined): Date | undefined =>
  one && other ? (one < other ? one : other) : (one ?? other)

const outcomeOf = ({ finishedAt, error }: LastRun): Job['lastOutcome'] => {
  if (!finishedAt) return 'running'
  return error === undefined ? 'done' : 'failed'
}

const placeOf = (cursor: string): { at: Date; job: string } => {
  const [, instant = '', job = ''] = CURSOR.exec(cursor) ?? []
  const at = new Date(instant)
  if (!Number.isNaN(at.getTime())) return { at, job }
  throw noCursor()
}
