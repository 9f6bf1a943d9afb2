import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import { isUuid } from '../../contract/text.ts'
import type { OfRun, WorkflowRunDetail, workflowSteerSchema } from '../../contract/workflows.ts'
import {
  changeRun,
  forgetWaits,
  hintAtRuns,
  lockRun,
  type RunChange,
  type WorkflowRunRow,
} from '../../storage/tables/workflow-runs.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { detailOf, noRun } from './read-workflows.ts'
import { saidOf } from './write-step.ts'

type Steering = OfRun & z.output<typeof workflowSteerSchema>

/**
 * Computes the change of a run. Undefined: the run is already in that state. Throws if it is not
 * possible.
 */
type Change = (row: WorkflowRunRow, at: Date) => RunChange | undefined

/** Pauses the run after the current step. */
export const pauseWorkflow = (ctx: Context, steering: Steering, options: CallOptions = {}) =>
  steer(ctx, steering, options, 'paused', (row) => {
    if (row.state === 'paused') return undefined
    requireGoing(row)
    return { state: 'paused' }
  })

/** Resumes a paused run. */
export const resumeWorkflow = (ctx: Context, steering: Steering, options: CallOptions = {}) =>
  steer(ctx, steering, options, 'resumed', (row, at) => {
    if (row.state === 'stuck') throw cannot(row, 'try its step again, or roll it back')
    if (row.state === 'paused') return goingOn(row, at)
    requireGoing(row)
    return undefined
  })

/** Rolls the run back, last step first. The current step ends or is aborted before that. */
export const rollbackWorkflow = (ctx: Context, steering: Steering, options: CallOptions = {}) =>
  steer(ctx, steering, options, 'rolled_back', (row, at) => {
    if (row.state === 'undoing' || row.state === 'undone') return undefined
    const goesBack = row.direction === 'undo'
    if (goesBack && row.state === 'stuck') throw cannot(row, 'try to undo its step again')
    const step = goesBack ? row.step : Math.min(row.step, row.steps.length - 1)
    return { ...goingOn({ ...row, direction: 'undo' }, at), direction: 'undo', step }
  })

/** Retries the current step now. */
export const retryWorkflow = (ctx: Context, steering: Steering, options: CallOptions = {}) =>
  steer(ctx, steering, options, 'retried', (row, at) => {
    if (row.state === 'stuck') return goingOn(row, at)
    const isRetrying = row.state === 'running' || row.state === 'undoing'
    if (!isRetrying) throw cannot(row, 'there is nothing to try again')
    return row.attempts > 0 ? { due_at: at } : undefined
  })

/** Cancels the run as it is, and undoes nothing. */
export const cancelWorkflow = (ctx: Context, steering: Steering, options: CallOptions = {}) =>
  steer(ctx, steering, options, 'canceled', (row, at) => {
    if (row.state === 'canceled') return undefined
    if (row.ended_at) throw cannot(row, 'it is over')
    return { state: 'canceled', ended_at: at, due_at: null }
  })

const steer = async (
  ctx: Context,
  { runId, reason }: Steering,
  options: CallOptions,
  done: 'paused' | 'resumed' | 'rolled_back' | 'retried' | 'canceled',
  change: Change,
): Promise<WorkflowRunDetail> => {
  const row = await ctx.db.transaction(async (tx) => {
    const old = isUuid(runId) ? await lockRun(tx, runId) : undefined
    if (!old) throw noRun()
    const at = ctx.clock.now()
    const wanted = change(old, at)
    if (!wanted) return old
    const now = await changeRun(tx, old, wanted, at)
    const isEnd = now.state === 'canceled'
    await appendAudit(tx, ctx, {
      organizationId: null,
      category: 'workflows',
      action: `workflow.${done}`,
      ...actorOf(options),
      subject: `workflow:${now.id}`,
      old: { state: old.state, step: old.steps[old.step] ?? null },
      new: { ...saidOf(now), state: now.state, ...(reason !== undefined && { reason }) },
      told: isEnd ? [told('workflow.ended', { ...saidOf(now), state: 'canceled' })] : [],
    })
    // After the events: writing an event locks the organization's head before the steps that it
    // wakes. The same order here avoids a deadlock.
    if (isEnd) await forgetWaits(tx, now.id)
    await hintAtRuns(tx)
    return now
  })
  return detailOf(ctx, row)
}

/** Continues in the run's direction at once, with the failures reset. */
const goingOn = ({ direction }: Pick<WorkflowRunRow, 'direction'>, at: Date): RunChange => ({
  state: direction === 'do' ? 'running' : 'undoing',
  due_at: at,
  attempts: 0,
  error: null,
  ended_at: null,
})

const requireGoing = (row: WorkflowRunRow): void => {
  if (row.state === 'running' || row.state === 'waiting' || row.state === 'undoing') return
  throw cannot(row, 'it does not go on')
}

const cannot = ({ state }: WorkflowRunRow, why: string): TollgateError => {
  const message = `the run is ${state}: ${why}`
  return new TollgateError('unprocessable', {
    detail: message,
    faults: [{ field: 'runId', message }],
  })
}
