import type {
  OutsideContext,
  OutsideStep,
  UndoContext,
} from '../../contract/workflow-definition.ts'
import { keepRun, type WorkflowRunRow } from '../../storage/tables/workflow-runs.ts'
import { beginStep, lastEventOf, writeProgress } from '../../storage/tables/workflow-steps.ts'
import type { Context } from '../context.ts'
import { goToSleep } from './do-inside.ts'
import { leasedFrom } from './lease.ts'
import { libraryAs } from './library-inside.ts'
import { oneTry } from './one-try.ts'
import type { TurnParts } from './run-turn.ts'
import { actorOfRun, isWaiting, plainJson, type StepWork, stepContext } from './step-context.ts'
import { goesOn, lockOwn, stepOver } from './write-step.ts'

type Parts = Pick<TurnParts, 'ctx' | 'entry' | 'settlements'>

const TIMEOUT_MS = 600_000
const HEARD_EVERY_MS = 15_000

/**
 * Runs or undoes a step with an outside effect. Its start is stored first, so that a rollback
 * undoes it even if its progress is unknown. The run stays leased while the step runs. A rollback
 * aborts the step.
 */
export const doOutside = async (
  parts: Parts,
  work: StepWork,
  step: OutsideStep,
): Promise<WorkflowRunRow | undefined> => {
  const { ctx } = parts
  const { run, place } = work
  const name = { run, step: step.name, place }
  const began = await ctx.db.transaction(async (tx) => {
    const row = await lockOwn(tx, run)
    const isToDo = row && goesOn(row) && row.direction === run.direction
    if (isToDo) await beginStep(tx, name, ctx.clock.now())
    return { row, isToDo, after: isToDo ? await lastEventOf(tx, run.organization_id) : 0n }
  })
  if (!began.isToDo) return began.row
  const kept = keepLease(ctx, run)
  try {
    const signal = AbortSignal.any([work.signal, kept.signal])
    const terms = { timeoutMs: step.timeoutMs ?? TIMEOUT_MS, signal }
    const said = await oneTry(ctx.clock, terms, (cut) =>
      doStep(parts, { ...work, signal: cut }, step),
    )
    return await ctx.db.transaction(async (tx) => {
      const row = await lockOwn(tx, run)
      if (!row) return row
      const at = ctx.clock.now()
      if (isWaiting(said)) {
        const isElsewhere = row.direction !== run.direction || row.ended_at !== null
        return isElsewhere ? row : goToSleep(tx, row, work, said, began.after, at)
      }
      const isNothing = said === 'nothing' || (run.direction === 'undo' && !step.undo)
      const output = plainJson(said === 'nothing' ? undefined : said)
      return stepOver(tx, row, work, { outcome: isNothing ? 'nothing' : 'done', output }, at)
    })
  } finally {
    kept.stop()
  }
}

const doStep = async (
  { ctx, entry, settlements }: Parts,
  work: StepWork,
  step: OutsideStep,
): Promise<object | 'nothing' | undefined> => {
  const { run, place, rows } = work
  const name = { run, step: step.name, place }
  let latest = rows.find((row) => row.step === step.name && row.direction === run.direction)
    ?.progress as object | undefined
  const context: OutsideContext & UndoContext = {
    ...stepContext(work, ctx.clock.now()),
    tollgate: libraryAs(ctx, entry, actorOfRun(run), settlements),
    report: async (progress) => {
      work.signal.throwIfAborted()
      const isOurs = await writeProgress(ctx.db, name, plainJson(progress) ?? '{}')
      if (!isOurs) throw new Error('another process has taken the run')
      latest = progress
    },
    reported: (() => latest ?? undefined) as OutsideContext['reported'],
  }
  return run.direction === 'do' ? step.do(context) : step.undo?.(context)
}

/**
 * Renews the lease every 15 seconds. The signal aborts when another process has taken the run, or
 * the run was rolled back or cancelled.
 */
const keepLease = (
  { db, clock, log }: Pick<Context, 'db' | 'clock' | 'log'>,
  run: WorkflowRunRow,
): { readonly signal: AbortSignal; readonly stop: () => void } => {
  const lost = new AbortController()
  let cancel = () => {}
  let isStopped = false
  const hear = async (): Promise<void> => {
    const row = await keepRun(db, run, leasedFrom(clock.now()))
    if (!row) return lost.abort(new Error('another process has taken the run'))
    const isTakenBack = row.direction !== run.direction || row.state === 'canceled'
    if (isTakenBack) lost.abort(new Error('the run was taken back'))
  }
  const again = (): void => {
    if (isStopped || lost.signal.aborted) return
    cancel = clock.after(HEARD_EVERY_MS, () => {
      hear()
        .catch((error: unknown) => log.warn({ error, runId: run.id }, 'a lease was not lengthened'))
        .finally(again)
    })
  }
  again()
  return {
    signal: lost.signal,
    stop: () => {
      isStopped = true
      cancel()
    },
  }
}
