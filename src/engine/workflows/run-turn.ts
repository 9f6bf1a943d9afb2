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

/** What a turn needs of the engine. */
export interface TurnParts {
  readonly ctx: Context
  readonly partitions: Partitions
  /** By which steps outside of a transaction call the engine. */
  readonly entry: Entry
  /** The engine's, which it makes before it closes. */
  readonly settlements: LateSettlements
}

/** Does one step of a run after the other, until it waits, fails, is over or is taken from here. */
export const runTurn = async (
  parts: TurnParts,
  claimed: WorkflowRunRow,
  definition: WorkflowDefinition,
  signal: AbortSignal,
): Promise<void> => {
  const { ctx } = parts
  let run: WorkflowRunRow | undefined = claimed
  try {
    // By hand: what this process died of may be the step itself.
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
    // Cut, since this process ends: another one does it, and it counts as no try.
    if (signal.aborted) return undefined
    if (isStoreTrouble(error)) throw error
    ctx.log.warn({ runId: run.id, step: step.name, error }, 'a step of a workflow failed')
    return stepFailed(ctx, work, error)
  }
}

/** What a transaction has not written down has not happened; outside nobody knows. */
const hasBegun = (
  rows: readonly WorkflowStepRow[],
  { name, outside }: { readonly name: string; readonly outside?: boolean },
): boolean =>
  rows.some(
    ({ step, direction, done_at }) =>
      step === name && direction === 'do' && (outside === true || done_at !== null),
  )
