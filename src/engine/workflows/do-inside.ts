import type {
  InsideContext,
  InsideStep,
  UndoContext,
  Waiting,
} from '../../contract/workflow-definition.ts'
import type { Queryable } from '../../storage/database.ts'
import { lockOrganizations } from '../../storage/tables/organizations.ts'
import { changeRun, type WorkflowRunRow } from '../../storage/tables/workflow-runs.ts'
import { firstUse, lastEventOf, waitForEvents } from '../../storage/tables/workflow-steps.ts'
import type { Context } from '../context.ts'
import type { Partitions } from '../ledger/partitions.ts'
import { libraryInside } from './library-inside.ts'
import { oneTry } from './one-try.ts'
import {
  actorOfRun,
  isWaiting,
  organizationOf,
  plainJson,
  type StepWork,
  stepContext,
  wakesOn,
} from './step-context.ts'
import { StepStopped } from './step-failure.ts'
import { goesOn, lockOwn, stepOver } from './write-step.ts'

const TIMEOUT_MS = 10_000

/**
 * Runs or undoes a step, in the same transaction that marks it finished: both are committed, or
 * neither. The transaction locks the organization and the run, so no other process can run the
 * step.
 */
export const doInside = async (
  ctx: Context,
  partitions: Partitions,
  work: StepWork,
  step: InsideStep,
): Promise<WorkflowRunRow | undefined> => {
  const organizationId = organizationOf(work.run)
  // Returning leases locks the organization on another connection. Inside the transaction, that
  // would be a deadlock.
  if (organizationId !== undefined) await ctx.leases?.giveBackOf(organizationId)
  const terms = { timeoutMs: step.timeoutMs ?? TIMEOUT_MS, signal: work.signal }
  const row = await ctx.db.transaction(async (tx) => {
    if (organizationId !== undefined) await lockOrganizations(tx, [organizationId])
    const row = await lockOwn(tx, work.run)
    if (!row || !goesOn(row) || row.direction !== work.run.direction) return row
    const after = await lastEventOf(tx, row.organization_id)
    const said = await oneTry(ctx.clock, terms, (signal) =>
      doStep(ctx, partitions, tx, { ...work, run: row, signal }, step),
    )
    const at = ctx.clock.now()
    if (isWaiting(said)) return goToSleep(tx, row, work, said, after, at)
    const isNothing = said === 'nothing' || (row.direction === 'undo' && !step.undo)
    const output = plainJson(said === 'nothing' ? undefined : said)
    return stepOver(tx, row, work, { outcome: isNothing ? 'nothing' : 'done', output }, at)
  })
  if (organizationId !== undefined) ctx.forgetOrganization(organizationId)
  return row
}

const doStep = async (
  ctx: Context,
  partitions: Partitions,
  tx: Queryable,
  work: StepWork,
  step: InsideStep,
): Promise<object | 'nothing' | undefined> => {
  const { run } = work
  const context: InsideContext & UndoContext = {
    ...stepContext(work, ctx.clock.now()),
    tollgate: libraryInside(ctx, partitions, tx, actorOfRun(run)),
    firstUse: async (eventTypes) => {
      const found = await firstUse(tx, run, eventTypes)
      return found && { id: found.id, eventType: found.event_type, at: found.occurred_at }
    },
  }
  return run.direction === 'do' ? step.do(context) : step.undo?.(context)
}

/**
 * Stores the wait in the transaction in which the step looked at the state, so it misses no event.
 */
export const goToSleep = async (
  tx: Queryable,
  row: WorkflowRunRow,
  { place }: StepWork,
  { waitsFor }: Waiting,
  after: bigint,
  at: Date,
): Promise<WorkflowRunRow> => {
  if (row.direction === 'undo') throw new StepStopped('an undo cannot wait')
  const name = { run: row, step: row.steps[place] as string, place }
  const isWoken = await waitForEvents(tx, name, { wakesOn: wakesOn(waitsFor), after, at })
  const due = isWoken ? at : (waitsFor.until ?? null)
  // A run that was paused meanwhile stays paused. Its step runs again when the run is resumed.
  const state = row.state === 'running' ? 'waiting' : row.state
  const change = { state, due_at: due, attempts: 0, error: null, leased_until: null } as const
  return changeRun(tx, row, change, at)
}
