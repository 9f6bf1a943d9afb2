import type { z } from 'zod'
import { TollgateError } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, type Page, pageFrom } from '../../contract/page.ts'
import { isUuid } from '../../contract/text.ts'
import type {
  OfRun,
  WorkflowDefinitions,
  WorkflowRun,
  WorkflowRunDetail,
  workflowFilterSchema,
} from '../../contract/workflows.ts'
import { findRun, runPage, type WorkflowRunRow } from '../../storage/tables/workflow-runs.ts'
import { stepsOf } from '../../storage/tables/workflow-steps.ts'
import type { Context } from '../context.ts'
import { cursorOf, placeOf } from '../webhooks/owned-endpoint.ts'
import { runDetailOf, runOf } from './run-value.ts'

/** The workflows that this process can run. */
export const workflowDefinitions = async ({
  workflows,
}: Pick<Context, 'workflows'>): Promise<WorkflowDefinitions> => ({
  items: workflows.all.map((one) => ({
    name: one.name,
    version: one.version,
    description: one.description ?? null,
    starts: workflows.toStart(one.name) === one,
    needsOrganization: one.needsOrganization === true,
    steps: one.steps.map(({ name, outside = false, undo }) => ({
      name,
      outside,
      undoable: undo !== undefined,
    })),
  })),
})

/** Lists runs, latest first. */
export const listWorkflows = async (
  ctx: Context,
  { cursor, limit = DEFAULT_PAGE_SIZE, ...filter }: z.output<typeof workflowFilterSchema>,
): Promise<Page<WorkflowRun>> => {
  const before = placeOf(cursor)
  const rows = await runPage(ctx.db, filter, { before, limit: limit + 1 })
  const at = ctx.clock.now()
  return pageFrom(rows, limit, (row) => runOf(row, ctx.workflows, at), cursorOf)
}

export const getWorkflow = async (ctx: Context, { runId }: OfRun): Promise<WorkflowRunDetail> => {
  const row = isUuid(runId) ? await findRun(ctx.db, runId) : undefined
  if (!row) throw noRun()
  return detailOf(ctx, row)
}

/** A run with the current state of its steps. */
export const detailOf = async (
  ctx: Pick<Context, 'db' | 'clock' | 'workflows'>,
  row: WorkflowRunRow,
): Promise<WorkflowRunDetail> =>
  runDetailOf(row, await stepsOf(ctx.db, row.id), ctx.workflows, ctx.clock.now())

export const noRun = (): TollgateError =>
  new TollgateError('not_found', { detail: 'there is no such run' })
