import type { WorkflowRun, WorkflowRunDetail } from '../../contract/workflows.ts'
import type { WorkflowRunRow } from '../../storage/tables/workflow-runs.ts'
import type { WorkflowStepRow } from '../../storage/tables/workflow-steps.ts'
import { ownerOf } from '../events/event-value.ts'
import type { WorkflowBook } from './workflow-book.ts'

/** A run for callers. `known` says whether this process can continue it. */
export const runOf = (row: WorkflowRunRow, book: WorkflowBook, at: Date): WorkflowRun => ({
  id: row.id,
  workflow: row.workflow,
  version: row.version,
  organizationId: ownerOf(row.organization_id),
  state: row.state,
  direction: row.direction,
  step: row.ended_at ? null : (row.steps[row.step] ?? null),
  dueAt: row.due_at?.toISOString() ?? null,
  attempts: row.attempts,
  error: row.error,
  underWay: row.leased_until !== null && row.leased_until > at,
  known: book.of(row) !== undefined,
  startedBy: row.started_by,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
})

/** A run for callers, with its input and steps. */
export const runDetailOf = (
  row: WorkflowRunRow,
  rows: readonly WorkflowStepRow[],
  book: WorkflowBook,
  at: Date,
): WorkflowRunDetail => ({
  ...runOf(row, book, at),
  key: row.key,
  input: row.input,
  steps: row.steps.map((name) => ({
    name,
    done: partOf(rows, name, 'do'),
    undone: partOf(rows, name, 'undo'),
  })),
})

const partOf = (
  rows: readonly WorkflowStepRow[],
  name: string,
  direction: WorkflowStepRow['direction'],
): WorkflowRunDetail['steps'][number]['done'] => {
  const row = rows.find((one) => one.step === name && one.direction === direction)
  if (!row) return null
  return {
    startedAt: row.started_at.toISOString(),
    doneAt: row.done_at?.toISOString() ?? null,
    outcome: row.outcome,
    output: row.output,
    progress: row.progress,
    wakesOn: row.wakes_on ? [...row.wakes_on] : null,
    wokenAt: row.woken_at?.toISOString() ?? null,
  }
}
