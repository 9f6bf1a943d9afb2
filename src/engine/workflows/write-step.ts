import { mayRetry, nextRetryAt } from '../../core/workflow-retries.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  changeRun,
  forgetWaits,
  lockRun,
  type WorkflowRunRow,
} from '../../storage/tables/workflow-runs.ts'
import { finishStep } from '../../storage/tables/workflow-steps.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { leasedFrom } from './lease.ts'
import { actorOfRun, organizationOf, type StepWork } from './step-context.ts'
import { failureText, isHopeless } from './step-failure.ts'

type Parts = Pick<Context, 'db' | 'clock'>

/**
 * Locks the run. Undefined: another process has claimed it meanwhile. If the organization is locked
 * too, that lock must come first.
 */
export const lockOwn = async (
  tx: Queryable,
  claimed: WorkflowRunRow,
): Promise<WorkflowRunRow | undefined> => {
  const row = await lockRun(tx, claimed.id)
  return row?.epoch === claimed.epoch ? row : undefined
}

/** True if the run's steps may be done or undone now. */
export const goesOn = ({ state }: WorkflowRunRow): boolean =>
  state === 'running' || state === 'undoing'

/**
 * Marks a step finished and moves to the next one. A run that was paused meanwhile stays paused. A
 * run that is being rolled back meanwhile is undone from this step.
 */
export const stepOver = async (
  tx: Queryable,
  row: WorkflowRunRow,
  { run, place }: StepWork,
  end: { readonly outcome: 'done' | 'nothing'; readonly output: string | null },
  at: Date,
): Promise<WorkflowRunRow> => {
  const step = row.steps[place] as string
  await finishStep(tx, { run, step, place }, { ...end, at })
  if (row.direction !== run.direction || row.ended_at) return row
  const next = run.direction === 'do' ? place + 1 : place - 1
  const lease = row.leased_until && { leased_until: leasedFrom(at) }
  return changeRun(tx, row, { step: next, attempts: 0, error: null, due_at: at, ...lease }, at)
}

/** Skips the undo of a step that never began. */
export const passOver = async (
  ctx: Parts,
  { run, place }: StepWork,
): Promise<WorkflowRunRow | undefined> =>
  ctx.db.transaction(async (tx) => {
    const row = await lockOwn(tx, run)
    if (!row || !goesOn(row) || row.direction !== run.direction) return row
    const at = ctx.clock.now()
    return changeRun(tx, row, { step: place - 1, attempts: 0, error: null, due_at: at }, at)
  })

/**
 * Stores a failed try: the time of the next one, or that the run is stuck and a person must act.
 */
export const stepFailed = async (
  ctx: Parts,
  { run, definition, place }: StepWork,
  error: unknown,
): Promise<WorkflowRunRow | undefined> =>
  ctx.db.transaction(async (tx) => {
    const row = await lockOwn(tx, run)
    // The run was rolled back or ended meanwhile, so the failure no longer matters.
    if (!row || row.direction !== run.direction || row.ended_at) return row
    const at = ctx.clock.now()
    const attempts = row.attempts + 1
    const text = failureText(error)
    const { retries } = definition.steps[place] ?? {}
    if (!isHopeless(error) && mayRetry(attempts, retries)) {
      const due = nextRetryAt(attempts, at, retries)
      return changeRun(tx, row, { attempts, error: text, due_at: due, leased_until: null }, at)
    }
    return getStuck(tx, ctx, row, { attempts, text, place })
  })

/** Marks a run as stuck when processes died at one step as often as it may be tried. */
export const crashedTooOften = async (
  ctx: Parts,
  { run, place }: StepWork,
): Promise<WorkflowRunRow | undefined> =>
  ctx.db.transaction(async (tx) => {
    const row = await lockOwn(tx, run)
    if (!row || !goesOn(row)) return row
    const text = `the processes that did it ended ${row.attempts} times without saying why`
    return getStuck(tx, ctx, row, { attempts: row.attempts, text, place })
  })

const getStuck = async (
  tx: Queryable,
  ctx: Parts,
  row: WorkflowRunRow,
  { attempts, text, place }: { attempts: number; text: string; place: number },
): Promise<WorkflowRunRow> => {
  const at = ctx.clock.now()
  const stuck = { state: 'stuck', attempts, error: text, due_at: null, leased_until: null } as const
  const now = await changeRun(tx, row, stuck, at)
  const step = row.steps[place] ?? ''
  await appendAudit(tx, ctx, {
    organizationId: null,
    category: 'workflows',
    action: 'workflow.stuck',
    actor: actorOfRun(row),
    subject: `workflow:${row.id}`,
    new: { ...saidOf(row), step, direction: row.direction, error: text },
    told: [
      told('workflow.stuck', {
        ...saidOf(row),
        step,
        direction: row.direction,
        error: text.slice(0, 500),
      }),
    ],
  })
  return now
}

/** Ends a run without further steps: it is done or undone. */
export const runOver = async (
  ctx: Parts,
  claimed: WorkflowRunRow,
): Promise<WorkflowRunRow | undefined> =>
  ctx.db.transaction(async (tx) => {
    const row = await lockOwn(tx, claimed)
    if (!row || !goesOn(row) || row.direction !== claimed.direction) return row
    const at = ctx.clock.now()
    const state = row.direction === 'do' ? 'done' : 'undone'
    const over = { state, ended_at: at, due_at: null, leased_until: null } as const
    const now = await changeRun(tx, row, { ...over, attempts: 0, error: null }, at)
    await forgetWaits(tx, row.id)
    await appendAudit(tx, ctx, {
      organizationId: null,
      category: 'workflows',
      action: `workflow.${state}`,
      actor: actorOfRun(row),
      subject: `workflow:${row.id}`,
      new: saidOf(row),
      told: [told('workflow.ended', { ...saidOf(row), state })],
    })
    return now
  })

/** The fields that identify the run, for the audit log and the event. */
export const saidOf = (row: WorkflowRunRow) => {
  const organizationId = organizationOf(row)
  return {
    runId: row.id,
    workflow: row.workflow,
    version: row.version,
    ...(organizationId !== undefined && { organizationId }),
  }
}
