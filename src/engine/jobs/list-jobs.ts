import type { JobRun } from '../../contract/jobs.ts'
import {
  DEFAULT_PAGE_SIZE,
  noCursor,
  type Page,
  type PageRequest,
  pageFrom,
} from '../../contract/page.ts'
import { type JobRunRow, jobRuns } from '../../storage/tables/job-runs.ts'
import type { Context } from '../context.ts'

const LOST_AFTER_MS = 60_000
const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([\w.-]{1,100})$/

/** What was done by schedules, the latest first. */
export const listJobs = async (
  ctx: Context,
  { cursor, limit = DEFAULT_PAGE_SIZE }: PageRequest,
): Promise<Page<JobRun>> => {
  const before = cursor === undefined ? undefined : placeOf(cursor)
  const rows = await jobRuns(ctx.db, { before, limit: limit + 1 })
  const at = ctx.clock.now()
  return pageFrom(
    rows,
    limit,
    (row) => runOf(row, at),
    ({ scheduled_for, job }) => `${scheduled_for.toISOString()}_${job}`,
  )
}

const runOf = (row: JobRunRow, at: Date): JobRun => ({
  job: row.job,
  scheduledFor: row.scheduled_for.toISOString(),
  node: row.node,
  startedAt: row.started_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
  outcome:
    row.outcome ?? (at.getTime() - row.heard_at.getTime() > LOST_AFTER_MS ? 'lost' : 'running'),
  report: row.report,
  error: row.error,
})

const placeOf = (cursor: string): { at: Date; job: string } => {
  const [, instant = '', job = ''] = CURSOR.exec(cursor) ?? []
  const at = new Date(instant)
  if (!Number.isNaN(at.getTime())) return { at, job }
  throw noCursor()
}
