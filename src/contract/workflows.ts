import { z } from 'zod'
import type { CallOptions, Replayable } from './call.ts'
import { type PageRequest, type Pages, pageOf, pageRequestSchema } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { organizationIdSchema, storableText } from './text.ts'

const STATES = [
  'running',
  'waiting',
  'undoing',
  'paused',
  'stuck',
  'done',
  'undone',
  'canceled',
] as const

const stateSchema = z
  .enum(STATES)
  .describe(
    'waiting: for a time or an event; stuck: every try of a step failed, and a person is ' +
      'needed; undone: rolled back; canceled: ended as it was, without undoing anything',
  )

const data = z.record(z.string(), z.unknown())

/** A run as it is listed. */
export const workflowRunSchema = answered(
  'WorkflowRun',
  z.object({
    id: z.string(),
    workflow: z.string(),
    version: z.string(),
    organizationId: z.string().nullable().describe('null: the run belongs to no organization'),
    state: stateSchema,
    direction: z.enum(['do', 'undo']).describe('whether steps are being done or undone'),
    step: z.string().nullable().describe('the current or next step; null: none is left'),
    dueAt: z.iso
      .datetime()
      .nullable()
      .describe('when the step is due; null: only an event wakes it, or the run is over'),
    attempts: z.number().int().describe('the number of failures of the step in a row'),
    error: z.string().nullable().describe('the last failure, or why a person is needed'),
    underWay: z.boolean().describe('whether a process is running it now'),
    known: z.boolean().describe('whether the answering process knows its definition'),
    startedBy: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
  }),
)
export type WorkflowRun = z.output<typeof workflowRunSchema>

export const workflowRunPageSchema = answered('WorkflowRunPage', pageOf(workflowRunSchema))

const stepPartSchema = z.object({
  startedAt: z.iso.datetime(),
  doneAt: z.iso.datetime().nullable(),
  outcome: z
    .enum(['done', 'nothing'])
    .nullable()
    .describe('nothing: there was nothing to undo; null: not over'),
  output: data.nullable(),
  progress: data.nullable().describe('the progress that the step reported'),
  wakesOn: z.array(z.string()).nullable().describe('event kinds, and `usage:<event type>`'),
  wokenAt: z.iso.datetime().nullable(),
})

/** A run with its input and all its steps. */
export const workflowRunDetailSchema = answered(
  'WorkflowRunDetail',
  z.object({
    ...workflowRunSchema.shape,
    key: z.string().describe('the key by which it was started'),
    input: data,
    steps: z.array(
      z.object({
        name: z.string(),
        done: stepPartSchema.nullable().describe('null: not begun'),
        undone: stepPartSchema.nullable(),
      }),
    ),
  }),
)
export type WorkflowRunDetail = z.output<typeof workflowRunDetailSchema>

export const workflowFilterSchema = z.strictObject({
  ...pageRequestSchema.shape,
  workflow: storableText(100).optional(),
  state: z.enum(STATES).optional(),
  organizationId: organizationIdSchema.optional(),
})
export type WorkflowFilter = PageRequest & {
  readonly workflow?: string | undefined
  readonly state?: WorkflowRun['state'] | undefined
  readonly organizationId?: string | undefined
}

export const workflowStartSchema = sent(
  'WorkflowStart',
  z.strictObject({
    workflow: storableText(100).describe('the name of a workflow that the answering process knows'),
    organizationId: organizationIdSchema
      .optional()
      .describe('the organization of the run; it need not exist yet'),
    input: data.optional().describe('the input of the workflow'),
    id: storableText(255)
      .optional()
      .describe('the idempotency key: repeating it returns the first run'),
  }),
)
export type WorkflowStartInput = z.input<typeof workflowStartSchema>

export const workflowSteerSchema = sent(
  'WorkflowSteer',
  z.strictObject({
    reason: storableText(1_000).optional().describe('for the audit log'),
  }),
)
export type WorkflowSteerInput = z.input<typeof workflowSteerSchema>

/** The workflows that the answering process can run. */
export const workflowDefinitionsSchema = answered(
  'WorkflowDefinitions',
  z.object({
    items: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        description: z.string().nullable(),
        starts: z
          .boolean()
          .describe('true: runs of it can be started; false: only existing runs are finished'),
        needsOrganization: z.boolean().describe('true: a run must name its organization'),
        steps: z.array(
          z.object({
            name: z.string(),
            outside: z.boolean().describe('whether the step has an effect outside the database'),
            undoable: z.boolean().describe('whether a rollback has something to do for the step'),
          }),
        ),
      }),
    ),
  }),
)
export type WorkflowDefinitions = z.output<typeof workflowDefinitionsSchema>

/** Names one run. */
export interface OfRun {
  readonly runId: string
}

/** Runs of workflows: steps that run to their end, even if the process crashes. */
export interface Workflows {
  /** Lists the workflows that this process can run. */
  definitions(input?: Record<never, never>, options?: CallOptions): Promise<WorkflowDefinitions>
  /** Starts a run, once per `id`, and returns before its first step. */
  start(input: WorkflowStartInput, options?: CallOptions): Promise<Replayable<WorkflowRunDetail>>
  /** Lists runs, latest first. */
  list(input?: WorkflowFilter, options?: CallOptions): Pages<WorkflowRun>
  get(input: OfRun, options?: CallOptions): Promise<WorkflowRunDetail>
  /** Pauses a run after the current step. */
  pause(input: OfRun & WorkflowSteerInput, options?: CallOptions): Promise<WorkflowRunDetail>
  /** Resumes a paused run. */
  resume(input: OfRun & WorkflowSteerInput, options?: CallOptions): Promise<WorkflowRunDetail>
  /** Rolls a run back: undoes its finished steps, the last first. */
  rollback(input: OfRun & WorkflowSteerInput, options?: CallOptions): Promise<WorkflowRunDetail>
  /** Retries the step of a stuck or waiting run now. */
  retry(input: OfRun & WorkflowSteerInput, options?: CallOptions): Promise<WorkflowRunDetail>
  /** Cancels a run as it is, and undoes nothing. */
  cancel(input: OfRun & WorkflowSteerInput, options?: CallOptions): Promise<WorkflowRunDetail>
}
