import type { z } from 'zod'
import type { CallOptions, Replayable } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { WorkflowRunDetail, workflowStartSchema } from '../../contract/workflows.ts'
import { canonical } from '../../core/canonical.ts'
import { storableJson } from '../../core/json-text.ts'
import { PLATFORM } from '../../storage/tables/domain-events.ts'
import {
  findRunByKey,
  insertRun,
  type NewWorkflowRun,
  type WorkflowRunRow,
} from '../../storage/tables/workflow-runs.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { detailOf } from './read-workflows.ts'
import { inputOf } from './step-context.ts'
import { failureText } from './step-failure.ts'
import { saidOf } from './write-step.ts'

const MOST_BYTES = 65_536

type Wanted = z.output<typeof workflowStartSchema>

/**
 * Starts a run, once per key. The same request again returns the first run. Another request with
 * the same key is refused.
 */
export const startWorkflow = async (
  ctx: Context,
  wanted: Wanted,
  options: CallOptions = {},
): Promise<Replayable<WorkflowRunDetail>> => {
  const run = newRun(ctx, wanted, options)
  const { row, replayed } = await ctx.db.transaction(async (tx) => {
    const row = await insertRun(tx, run, ctx.clock.now())
    if (!row) {
      const before = (await findRunByKey(tx, run.key)) as WorkflowRunRow
      return { row: same(before, run), replayed: true }
    }
    await appendAudit(tx, ctx, {
      organizationId: null,
      category: 'workflows',
      action: 'workflow.started',
      ...actorOf(options),
      subject: `workflow:${row.id}`,
      new: saidOf(row),
    })
    return { row, replayed: false }
  })
  return { ...(await detailOf(ctx, row)), replayed }
}

const newRun = (
  ctx: Pick<Context, 'workflows' | 'ids'>,
  { workflow, organizationId = PLATFORM, input = {}, id: given }: Wanted,
  options: CallOptions,
): NewWorkflowRun => {
  const definition = ctx.workflows.toStart(workflow)
  if (!definition) {
    const names = [...new Set(ctx.workflows.all.map(({ name }) => name))].join(', ') || 'none'
    throw refused('workflow', `must be one that this process knows (${names})`)
  }
  const text = plainText(input)
  if (text === undefined) throw refused('input', 'must be an object of plain data, as JSON has it')
  if (Buffer.byteLength(text) > MOST_BYTES) {
    throw refused('input', `must be at most ${MOST_BYTES} bytes`)
  }
  if (storableJson(text) !== text) {
    throw refused('input', 'must be well-formed Unicode without NUL characters')
  }
  try {
    inputOf(definition, input)
  } catch (error) {
    throw refused('input', failureText(error))
  }
  if (definition.needsOrganization && organizationId === PLATFORM) {
    throw refused(
      'organizationId',
      `is needed by ${workflow}: name the organization that the run is of; it need not exist yet`,
    )
  }
  const id = ctx.ids()
  const key = given ?? options.idempotencyKey
  return {
    id,
    organization_id: organizationId,
    workflow,
    version: definition.version,
    input,
    key: key === undefined ? `run:${id}` : `key:${key}`,
    steps: definition.steps.map(({ name }) => name),
    started_by: options.actor ?? 'unknown',
  }
}

/** Undefined for a value that is not a JSON object. */
const plainText = (input: object): string | undefined => {
  try {
    const text: string | undefined = JSON.stringify(input)
    return text?.startsWith('{') ? text : undefined
  } catch {
    return undefined
  }
}

const same = (before: WorkflowRunRow, run: NewWorkflowRun): WorkflowRunRow => {
  const isSame =
    before.workflow === run.workflow &&
    before.organization_id === run.organization_id &&
    canonical(before.input) === canonical(run.input)
  if (isSame) return before
  const message = 'was used for another run before: it must come with the same terms'
  throw new TollgateError('idempotency_conflict', {
    detail: `id: ${message}`,
    faults: [{ field: 'id', message }],
  })
}

const refused = (field: string, message: string): TollgateError =>
  new TollgateError('unprocessable', {
    detail: `${field}: ${message}`,
    faults: [{ field, message }],
  })
