import type { Queryable } from '../database.ts'
import type { Direction, WorkflowRunRow } from './workflow-runs.ts'

type Json = Readonly<Record<string, unknown>>

export interface WorkflowStepRow {
  readonly run_id: string
  readonly step: string
  readonly direction: Direction
  readonly organization_id: string
  readonly place: number
  readonly started_at: Date
  readonly done_at: Date | null
  readonly outcome: 'done' | 'nothing' | null
  readonly output: Json | null
  readonly progress: Json | null
  readonly wakes_on: readonly string[] | null
  readonly woken_at: Date | null
}

/** In the order of the steps; for each, its execution before its undo. */
export const stepsOf = (db: Queryable, runId: string): Promise<WorkflowStepRow[]> =>
  db.query(
    `select * from tollgate.workflow_steps where run_id = $1 order by place, direction limit 400`,
    [runId],
  )

/** A step of a run, in the direction in which the run goes. */
export interface StepName {
  readonly run: Pick<WorkflowRunRow, 'id' | 'organization_id' | 'epoch' | 'direction'>
  readonly step: string
  readonly place: number
}

/** Records that a step has begun. It changes nothing if the step began before. */
export const beginStep = async (
  tx: Queryable,
  { run, step, place }: StepName,
  at: Date,
): Promise<void> => {
  await tx.query(
    `insert into tollgate.workflow_steps
       (run_id, step, direction, organization_id, place, started_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (run_id, step, direction) do nothing`,
    [run.id, step, run.direction, run.organization_id, place, at],
  )
}

/** Records that a step has ended. */
export const finishStep = async (
  tx: Queryable,
  { run, step, place }: StepName,
  end: { readonly outcome: 'done' | 'nothing'; readonly output: string | null; readonly at: Date },
): Promise<void> => {
  await tx.query(
    `insert into tollgate.workflow_steps
       (run_id, step, direction, organization_id, place, started_at, done_at, outcome, output)
     values ($1, $2, $3, $4, $5, $6, $6, $7, $8::jsonb)
     on conflict (run_id, step, direction) do update
     set done_at = excluded.done_at, outcome = excluded.outcome, output = excluded.output`,
    [
      ...[run.id, step, run.direction, run.organization_id, place],
      ...[end.at, end.outcome, end.output],
    ],
  )
}

/** Stores the progress of a step. Returns false if another process has the run by now. */
export const writeProgress = async (
  db: Queryable,
  { run, step }: StepName,
  progress: string,
): Promise<boolean> => {
  const rows = await db.query(
    `update tollgate.workflow_steps s set progress = $4::jsonb
     from tollgate.workflow_runs r
     where r.id = $1 and r.epoch = $5 and s.run_id = r.id and s.step = $2 and s.direction = $3
       and s.done_at is null
     returning 1`,
    [run.id, step, run.direction, progress, run.epoch],
  )
  return rows.length > 0
}

/** The sequence of an organization's last committed event. */
export const lastEventOf = async (db: Queryable, organizationId: string): Promise<bigint> => {
  const [row] = await db.query<{ sequence: bigint }>(
    'select sequence from tollgate.domain_event_heads where organization_id = $1',
    [organizationId],
  )
  return row?.sequence ?? 0n
}

/** Makes a step wait for events after a sequence. Returns true if there is one already. */
export const waitForEvents = async (
  tx: Queryable,
  { run, step, place }: StepName,
  wait: { readonly wakesOn: readonly string[]; readonly after: bigint; readonly at: Date },
): Promise<boolean> => {
  const [row] = await tx.query<{ woken: boolean }>(
    'select tollgate.wait_for_events($1, $2, $3, $4, $5::text[], $6, $7) as woken',
    [run.id, step, place, run.organization_id, wait.wakesOn, wait.after, wait.at],
  )
  return row?.woken ?? false
}

/** The first use of an organization since a run began, without the run's own use. */
export const firstUse = async (
  tx: Queryable,
  run: Pick<WorkflowRunRow, 'id' | 'organization_id' | 'created_at'>,
  eventTypes: readonly string[] | undefined,
): Promise<{ id: string; event_type: string; occurred_at: Date } | undefined> => {
  const [row] = await tx.query<{ id: string; event_type: string; occurred_at: Date }>(
    `select id, event_type, occurred_at from tollgate.events
     where organization_id = $1 and occurred_at >= $3 and reverses is null
       and ($2::text[] is null or event_type = any ($2)) and session_id is distinct from $4
     order by occurred_at, id limit 1`,
    [run.organization_id, eventTypes ?? null, run.created_at, run.id],
  )
  return row
}
