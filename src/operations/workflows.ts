import {
  workflowDefinitionsSchema,
  workflowFilterSchema,
  workflowRunDetailSchema,
  workflowRunPageSchema,
  workflowStartSchema,
  workflowSteerSchema,
} from '../contract/workflows.ts'
import { operation } from './operation.ts'

const RUNS = '/api/admin/workflows'

/** The shared part of operations that change one run. A repeated call changes nothing more. */
const steers = {
  method: 'post',
  right: 'admin',
  tag: 'Workflows',
  body: workflowSteerSchema,
  example: { reason: 'the customer asked for it' },
  output: workflowRunDetailSchema,
  answer: 'The run now.',
  repeat: 'first',
  problems: ['not_found', 'unprocessable'],
} as const

export const workflowsOperations = [
  operation({
    name: 'workflows.definitions',
    method: 'get',
    path: '/api/admin/workflow-definitions',
    right: 'admin',
    tag: 'Workflows',
    summary: 'List what can be started',
    description: 'What the process that answers knows how to do; others may know other workflows.',
    output: workflowDefinitionsSchema,
    answer: 'Each version of each workflow, with its steps.',
    repeat: 'read',
  }),
  operation({
    name: 'workflows.start',
    method: 'post',
    path: RUNS,
    right: 'admin',
    tag: 'Workflows',
    summary: 'Start a run of a workflow',
    description:
      'Its steps are done one after the other, by any process that knows the workflow. The answer ' +
      'waits for none of them: ask for the run by its `id`. The same `id` starts one run.',
    body: workflowStartSchema,
    example: {
      workflow: 'trial_onboarding',
      organizationId: 'acme',
      input: { name: 'Acme', plan: 'rag-chatbot/trial', trialDays: 14, credits: 500 },
      id: 'signup-1',
    },
    output: workflowRunDetailSchema,
    answer: 'The run, as it begins.',
    repeat: 'keyed',
    problems: ['unprocessable', 'idempotency_conflict'],
    http: { status: 201, form: 'replayable' },
  }),
  operation({
    name: 'workflows.list',
    method: 'get',
    path: RUNS,
    right: 'admin',
    tag: 'Workflows',
    summary: 'List runs of workflows',
    description: 'The latest first.',
    query: workflowFilterSchema,
    output: workflowRunPageSchema,
    answer: 'A page of them.',
    repeat: 'read',
  }),
  operation({
    name: 'workflows.get',
    method: 'get',
    path: `${RUNS}/{runId}`,
    right: 'admin',
    tag: 'Workflows',
    summary: 'Look up a run with its steps',
    output: workflowRunDetailSchema,
    answer: 'The run: its input, and of each step what it gave or how far it is.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'workflows.pause',
    ...steers,
    path: `${RUNS}/{runId}/pause`,
    summary: 'Pause a run',
    description: 'The step that is under way ends; no other begins, in whichever process.',
  }),
  operation({
    name: 'workflows.resume',
    ...steers,
    path: `${RUNS}/{runId}/resume`,
    summary: 'Let a paused run go on',
  }),
  operation({
    name: 'workflows.rollback',
    ...steers,
    path: `${RUNS}/{runId}/rollback`,
    summary: 'Undo a run',
    description:
      'Its steps are undone, the last first, also of a run that is done, stuck or canceled. What ' +
      'stands in the ledger and in the audit log stays: an undo writes the opposite.',
  }),
  operation({
    name: 'workflows.retry',
    ...steers,
    path: `${RUNS}/{runId}/retry`,
    summary: 'Try a step again now',
    description: 'Of a run that is stuck, or that waits for its next try.',
  }),
  operation({
    name: 'workflows.cancel',
    ...steers,
    path: `${RUNS}/{runId}/cancel`,
    summary: 'End a run where it is',
    description: 'Nothing is undone; a rollback may still follow.',
  }),
] as const
