import type { JobRun } from '../../contract/jobs.ts'
import type { JobRunName, JobRunRow } from '../../storage/tables/job-runs.ts'

const RUN_ID = /^([\w.-]{1,100})_(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/

/** A run as callers see it. */
export const runOf = (row: JobRunRow, at: Date): JobRun => ({
  id: `${row.job}_${row.scheduled_for.toISOString()}`,
  job: row.job,
  scheduledFor: row.scheduled_for.toISOString(),
  requestedBy: row.requested_by,
  node: row.node,
  startedAt: row.started_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
  outcome: row.outcome ?? (row.leased_until <= at && !row.released ? 'lost' : 'running'),
  attempts: row.attempts,
  missed: row.missed,
  progress: row.progress,
  report: row.report,
  error: row.error,
})

/** The run that an id names; undefined if the id is malformed. */
export const runNameOf = (id: string): JobRunName | undefined => {
  const [, job = '', instant = ''] = RUN_ID.exec(id) ?? []
  const scheduledFor = new Date(instant)
  return Number.isNaN(scheduledFor.getTime()) ? undefined : { job, scheduledFor }
}
