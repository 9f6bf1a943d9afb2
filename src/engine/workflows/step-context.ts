import type {
  InsideStepWait,
  StepContext,
  UndoContext,
  Waiting,
  WorkflowDefinition,
} from '../../contract/workflow-definition.ts'
import { storableJson } from '../../core/json-text.ts'
import { PLATFORM } from '../../storage/tables/domain-events.ts'
import type { WorkflowRunRow } from '../../storage/tables/workflow-runs.ts'
import type { WorkflowStepRow } from '../../storage/tables/workflow-steps.ts'
import { failureText, StepStopped } from './step-failure.ts'

const MOST_BYTES = 65_536

/** A step of a leased run, with its data. */
export interface StepWork {
  readonly run: WorkflowRunRow
  readonly definition: WorkflowDefinition
  readonly place: number
  /** All stored steps of the run. */
  readonly rows: readonly WorkflowStepRow[]
  readonly signal: AbortSignal
}

export const organizationOf = ({ organization_id }: WorkflowRunRow): string | undefined =>
  organization_id === PLATFORM ? undefined : organization_id

/** The actor of a run's actions in the audit log. */
export const actorOfRun = ({ workflow, id }: Pick<WorkflowRunRow, 'workflow' | 'id'>): string =>
  `workflow:${workflow}/${id}`

/** The part of the argument that every step gets. */
export const stepContext = (
  { run, definition, place, rows, signal }: StepWork,
  now: Date,
): StepContext & UndoContext & { wait(what: InsideStepWait): Waiting } => {
  const step = run.steps[place] as string
  const outputOf = (name: string): object | undefined =>
    rows.find((row) => row.step === name && row.direction === 'do')?.output ?? undefined
  return {
    run: {
      id: run.id,
      workflow: run.workflow,
      version: run.version,
      organizationId: organizationOf(run) ?? null,
      startedAt: run.created_at,
    },
    input: inputOf(definition, run.input),
    idempotencyKey: `${run.id}/${step}/${run.direction}`,
    attempt: run.attempts + 1,
    signal,
    now,
    outputOf: outputOf as StepContext['outputOf'],
    output: (() => outputOf(step)) as UndoContext['output'],
    stop: (reason) => {
      throw new StepStopped(reason)
    },
    wait: (what) => {
      if (what.until && what.until <= now) {
        throw new StepStopped('wait() until a time that is past')
      }
      if (!what.until && !what.on?.length && !what.usage?.length) {
        throw new StepStopped('wait() for nothing')
      }
      return { waitsFor: what }
    },
  }
}

/** The input as the workflow's own schema reads it. The database stores the original. */
export const inputOf = ({ input }: WorkflowDefinition, given: object): object =>
  input ? input(given) : given

export const isWaiting = (result: unknown): result is Waiting =>
  typeof result === 'object' && result !== null && 'waitsFor' in result

/** The stored form of the events and event types that end a wait. */
export const wakesOn = ({ on = [], usage = [] }: InsideStepWait): string[] => [
  ...on,
  ...usage.map((eventType) => `usage:${eventType}`),
]

/**
 * The result of a step as JSON. `null`: the step returned nothing.
 *
 * @throws StepStopped for a result that is not plain data, or is too large.
 */
export const plainJson = (value: unknown): string | null => {
  if (value === undefined) return null
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw new StepStopped(`what it gave is no plain data: ${failureText(error)}`)
  }
  if (text === undefined || !text.startsWith('{')) {
    throw new StepStopped('what it gave must be an object, or nothing')
  }
  if (Buffer.byteLength(text) > MOST_BYTES) {
    throw new StepStopped(`what it gave is more than ${MOST_BYTES} bytes`)
  }
  return storableJson(text)
}
