import type { Queryable } from '../database.ts'

export interface StoreFigureRow {
  /** Since when the oldest one waits; null if none waits. */
  readonly events: Date | null
  readonly deliveries: Date | null
  readonly stripe: Date | null
  readonly endpoints: Readonly<Record<string, number>> | null
  /** Unfinished runs, by the requested names. '' counts all other workflows. */
  readonly runs:
    | readonly {
        readonly workflow: string
        readonly state: string
        readonly count: number
      }[]
    | null
  readonly jobs: readonly { readonly job: string; readonly succeeded_at: string }[] | null
}

/**
 * Figures for monitoring that all processes share. They come from indexes that hold only waiting
 * rows, so the cost does not grow with what was done. For each of `jobs`,
 * they say when it last succeeded. Runs are counted by name for each of `workflows`.
 */
export const storeFigures = async (
  db: Queryable,
  at: Date,
  { jobs, workflows }: { readonly jobs: readonly string[]; readonly workflows: readonly string[] },
): Promise<StoreFigureRow> => {
  const rows = await db.query<StoreFigureRow>(
    `select
       (select min(occurred_at) from tollgate.domain_events where fanned_out_at is null) as events,
       (select min(due_at) from tollgate.endpoints
        where state = 'on' and due_at <= $1 and (leased_until is null or leased_until <= $1))
         as deliveries,
       (select min(created_at) from tollgate.outbox where done_at is null) as stripe,
       (select jsonb_object_agg(state, n) from (
          select state, count(*) as n from tollgate.endpoints group by state) e) as endpoints,
       (select jsonb_agg(r) from (
          select case when workflow = any ($3::text[]) then workflow else '' end as workflow, state,
                 count(*) as count
          from tollgate.workflow_runs where ended_at is null group by 1, 2) r) as runs,
       (select jsonb_agg(jsonb_build_object('job', j.job, 'succeeded_at', r.finished_at))
        from unnest($2::text[]) j (job)
        cross join lateral (
          select finished_at from tollgate.job_runs
          where job = j.job and outcome = 'done' order by scheduled_for desc limit 1) r) as jobs`,
    [at, jobs, workflows],
  )
  return rows[0] as StoreFigureRow
}
