import type { WorkflowDefinition } from '../../contract/workflow-definition.ts'
import { mayRetry } from '../../core/workflow-retries.ts'
import type { LateSettlements } from '../../facade/late-settlements.ts'
import { releaseRun, type WorkflowRunRow } from '../../storage/tables/workflow-runs.ts'
import { stepsOf, type WorkflowStepRow } from '../../storage/tables/workflow-steps.ts'
import type { Context } from '../context.ts'
import type { Entry } from '../entry.ts'
import type { Partitions } from '../ledger/partitions.ts'
import { doInside } from './do-inside.ts'
import { doOutside } from './do-outside.ts'
import type { StepWork } from './step-context.ts'
import { isStoreTrouble } from './step-failure.ts'
import { crashedTooOften, goesOn, passOver, runOver, stepFailed } from './write-step.ts'

/** The parts of the engine that a turn uses. */
export interface TurnParts {
  readonly ctx: Context
  readonly partitions: Partitions
  /** Steps outside a transaction call the engine through this. */
  readonly entry: Entry
  /** The engine's late settlements. The engine sends them before it closes. */
  readonly settlements: LateSettlements
}

/**
 * Runs the steps of a run one after another, until it waits, fails, ends or another process takes
 * it.
 */
export const runTurn = async (
  parts: TurnParts,
  claimed: WorkflowRunRow,
  definition: WorkflowDefinition,
  signal: AbortSignal,
): Promise<void> => {
  const { ctx } = parts
  let run: WorkflowRunRow | undefined = claimed
  try {
    // Checked on the first step only, since the step itself may have killed the previous process.
    let isFirst = true
    while (run && goesOn(run) && !signal.aborted) {
      if (run.due_at && run.due_at > ctx.clock.now()) return
      const rows = await stepsOf(ctx.db, run.id)
      const work: StepWork = { run, definition, place: run.step, rows, signal }
      run = await oneStep(parts, work, isFirst)
      isFirst = false
    }
  } finally {
    await releaseRun(ctx.db, claimed)
  }
}

const oneStep = async (
  parts: TurnParts,
  work: StepWork,
  isFirst: boolean,
): Promise<WorkflowRunRow | undefined> => {
  const { ctx } = parts
  const { run, definition, place, rows, signal } = work
  const step = definition.steps[place]
  if (!step) return runOver(ctx, run)
  if (isFirst && !mayRetry(run.attempts, step.retries)) return crashedTooOften(ctx, work)
  if (run.direction === 'undo' && !hasBegun(rows, step)) return passOver(ctx, work)
  try {
    return step.outside
      ? await doOutside(parts, work, step)
      : await doInside(ctx, parts.partitions, work, step)
  } catch (error) {
    // This process is closing and aborted the step. Another process runs it again, and it counts as
    // no try.
    if (signal.aborted) return undefined
    if (isStoreTrouble(error)) throw error
    ctx.log.warn({ runId: run.id, step: step.name, error }, 'a step of a workflow failed')
    return stepFailed(ctx, work, error)
  }
}

/**
 * A step inside a transaction has happened only if it is stored. An outside step may have happened
 * once it began.
 */
const hasBegun = (
  rows: readonly WorkflowStepRow[],
  { name, outside }: { readonly name: string; readonly outside?: boolean },
): boolean =>
  rows.some(
    ({ step, direction, done_at }) =>
      step === name && direction === 'do' && (outside === true || done_at !== null),
  )
