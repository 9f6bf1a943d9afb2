import type { Queryable } from '../database.ts'

type RunState =
  | 'running'
  | 'waiting'
  | 'undoing'
  | 'paused'
  | 'stuck'
  | 'done'
  | 'undone'
  | 'canceled'
export type Direction = 'do' | 'undo'

export interface WorkflowRunRow {
  readonly id: string
  readonly organization_id: string
  readonly workflow: string
  readonly version: string
  readonly key: string
  readonly steps: readonly string[]
  readonly step: number
  readonly direction: Direction
  readonly state: RunState
  readonly input: Readonly<Record<string, unknown>>
  readonly started_by: string
  readonly created_at: Date
  readonly updated_at: Date
  readonly ended_at: Date | null
  readonly due_at: Date | null
  readonly attempts: number
  readonly error: string | null
  readonly epoch: bigint
  readonly leased_until: Date | null
}

export type NewWorkflowRun = Pick<
  WorkflowRunRow,
  'id' | 'organization_id' | 'workflow' | 'version' | 'key' | 'steps' | 'input' | 'started_by'
>

const DELETED_AT_ONCE = 1_000

/** Starts a run; undefined if one was started under its key before. */
export const insertRun = async (
  tx: Queryable,
  run: NewWorkflowRun,
  at: Date,
): Promise<WorkflowRunRow | undefined> => {
  const rows = await tx.query<WorkflowRunRow>(
    `insert into tollgate.workflow_runs
       (id, organization_id, workflow, version, key, steps, state, input, started_by, created_at,
        updated_at, due_at)
     values ($1, $2, $3, $4, $5, $6, 'running', $7::jsonb, $8, $9, $9, $9)
     on conflict (key) do nothing returning *`,
    [
      ...[run.id, run.organization_id, run.workflow, run.version, run.key, run.steps],
      ...[JSON.stringify(run.input), run.started_by, at],
    ],
  )
  // The commit notifies the processes that execute runs.
  if (rows.length > 0) await hintAtRuns(tx)
  return rows[0]
}

/** Wakes the processes that execute runs, since something may be due. */
export const hintAtRuns = async (tx: Queryable): Promise<void> => {
  await tx.query("select pg_notify('tollgate_events', '')")
}

export const findRun = async (db: Queryable, id: string): Promise<WorkflowRunRow | undefined> => {
  const [row] = await db.query<WorkflowRunRow>(
    'select * from tollgate.workflow_runs where id = $1',
    [id],
  )
  return row
}

export const findRunByKey = async (
  db: Queryable,
  key: string,
): Promise<WorkflowRunRow | undefined> => {
  const [row] = await db.query<WorkflowRunRow>(
    'select * from tollgate.workflow_runs where key = $1',
    [key],
  )
  return row
}

/** Locked until the transaction ends. If the organization is locked as well, lock it first. */
export const lockRun = async (tx: Queryable, id: string): Promise<WorkflowRunRow | undefined> => {
  const [row] = await tx.query<WorkflowRunRow>(
    'select * from tollgate.workflow_runs where id = $1 for no key update',
    [id],
  )
  return row
}

export interface RunFilter {
  readonly workflow?: string | undefined
  readonly state?: RunState | undefined
  readonly organizationId?: string | undefined
}

/** A page of runs before a given one, the latest first. */
export const runPage = (
  db: Queryable,
  { workflow, state, organizationId }: RunFilter,
  page: { readonly before: { at: Date; id: string } | undefined; readonly limit: number },
): Promise<WorkflowRunRow[]> =>
  db.query(
    `select * from tollgate.workflow_runs
     where ($1::timestamptz is null or (created_at, id) < ($1, $2::uuid))
       and ($3::text is null or workflow = $3) and ($4::text is null or state = $4)
       and ($5::text is null or organization_id = $5)
     order by created_at desc, id desc limit $6`,
    [
      ...[page.before?.at ?? null, page.before?.id ?? null],
      ...[workflow ?? null, state ?? null, organizationId ?? null, page.limit],
    ],
  )

/** A version of a workflow that a process can execute, with the names of its steps. */
export interface KnownWorkflow {
  readonly name: string
  readonly version: string
  readonly steps: readonly { readonly name: string }[]
}

const columnsOf = (known: readonly KnownWorkflow[]) => [
  known.map(({ name }) => name),
  known.map(({ version }) => version),
  known.map(({ steps }) => JSON.stringify(steps.map(({ name }) => name))),
]

/** Leases due runs of known workflows until an instant. */
export const claimRuns = (
  db: Queryable,
  known: readonly KnownWorkflow[],
  claim: { readonly at: Date; readonly until: Date; readonly limit: number },
): Promise<WorkflowRunRow[]> =>
  db.query(
    'select * from tollgate.claim_workflow_runs($1::text[], $2::text[], $3::jsonb[], $4, $5, $6)',
    [...columnsOf(known), claim.at, claim.until, claim.limit],
  )

/** Due runs that nobody has on lease and that this process cannot execute. */
export const unknownRuns = (
  db: Queryable,
  known: readonly KnownWorkflow[],
  at: Date,
): Promise<{ workflow: string; version: string; runs: bigint }[]> =>
  db.query(
    `select workflow, version, count(*) as runs from tollgate.workflow_runs r
     where state in ('running', 'waiting', 'undoing') and due_at <= $4
       and (leased_until is null or leased_until <= $4)
       and not exists (
         select from unnest($1::text[], $2::text[], $3::jsonb[]) k (name, of_version, of_steps)
         where k.name = r.workflow and k.of_version = r.version
           and k.of_steps = to_jsonb(r.steps))
     group by workflow, version order by workflow, version limit 100`,
    [...columnsOf(known), at],
  )

/** Extends the lease of a run; undefined if another process has it, or it has ended. */
export const keepRun = async (
  db: Queryable,
  { id, epoch }: Pick<WorkflowRunRow, 'id' | 'epoch'>,
  until: Date,
): Promise<Pick<WorkflowRunRow, 'state' | 'direction'> | undefined> => {
  const [row] = await db.query<Pick<WorkflowRunRow, 'state' | 'direction'>>(
    `update tollgate.workflow_runs set leased_until = $3
     where id = $1 and epoch = $2 returning state, direction`,
    [id, epoch, until],
  )
  return row
}

/** Releases the lease of a run, if this process still has it. */
export const releaseRun = async (
  db: Queryable,
  { id, epoch }: Pick<WorkflowRunRow, 'id' | 'epoch'>,
): Promise<void> => {
  await db.query(
    'update tollgate.workflow_runs set leased_until = null where id = $1 and epoch = $2',
    [id, epoch],
  )
}

/** The fields of a locked run to change. The others stay. */
export type RunChange = Partial<
  Pick<
    WorkflowRunRow,
    'step' | 'direction' | 'state' | 'due_at' | 'attempts' | 'error' | 'ended_at' | 'leased_until'
  >
>

export const changeRun = async (
  tx: Queryable,
  row: WorkflowRunRow,
  change: RunChange,
  at: Date,
): Promise<WorkflowRunRow> => {
  const now = { ...row, ...change, updated_at: at }
  await tx.query(
    `update tollgate.workflow_runs
     set step = $2, direction = $3, state = $4, due_at = $5, attempts = $6, error = $7,
         ended_at = $8, leased_until = $9, updated_at = $10
     where id = $1`,
    [
      ...[now.id, now.step, now.direction, now.state, now.due_at, now.attempts, now.error],
      ...[now.ended_at, now.leased_until, now.updated_at],
    ],
  )
  return now
}

/** Steps that are not done stop waiting for events. */
export const forgetWaits = async (tx: Queryable, runId: string): Promise<void> => {
  await tx.query(
    `update tollgate.workflow_steps set wakes_on = null, woken_at = null
     where run_id = $1 and done_at is null and wakes_on is not null`,
    [runId],
  )
}

/**
 * Deletes runs that ended before an instant, with their steps. It works a page at a time, so that
 * no writer waits long.
 */
export const trimRuns = async (db: Queryable, before: Date): Promise<void> => {
  for (;;) {
    const gone = await db.query(
      `delete from tollgate.workflow_runs where id = any (array(
         select id from tollgate.workflow_runs where ended_at < $1 limit ${DELETED_AT_ONCE}))
       returning id`,
      [before],
    )
    if (gone.length < DELETED_AT_ONCE) return
  }
}
