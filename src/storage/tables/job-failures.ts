import type { Queryable } from '../database.ts'

/** A process that fails at a job of its own. */
interface FailingProcess {
  readonly job: string
  readonly node: string
}

/**
 * Stores that a process still fails at a job. A process that is silent for long is gone. Returns true
 * if it was not known to fail.
 */
export const writeJobFailure = async (
  tx: Queryable,
  { job, node }: FailingProcess,
  { since, at }: { readonly since: Date; readonly at: Date },
): Promise<boolean> => {
  const known = await tx.query(
    `update tollgate.job_failures set failing_since = $3, heard_at = $4
     where job = $1 and node = $2 returning job`,
    [job, node, since, at],
  )
  if (known.length > 0) return false
  await tx.query(
    `insert into tollgate.job_failures (job, node, failing_since, heard_at)
     values ($1, $2, $3, $4) on conflict (job, node) do nothing`,
    [job, node, since, at],
  )
  return true
}

/** The process works again. Delete this before its event is written, which ends the alert. */
export const endJobFailure = async (
  tx: Queryable,
  { job, node }: FailingProcess,
): Promise<void> => {
  await tx.query('delete from tollgate.job_failures where job = $1 and node = $2', [job, node])
}
