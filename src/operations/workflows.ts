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
  answer: 'The updated run.',
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
    summary: 'List workflows that can be started',
    description: 'The workflows that the answering process knows. Other processes may know others.',
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
      'Steps run one after the other, in any process that knows the workflow. Returns before ' +
      'the first step; read the run by its `id`. Repeating the same `id` starts only one run.',
    body: workflowStartSchema,
    example: {
      workflow: 'trial_onboarding',
      organizationId: 'acme',
      input: { name: 'Acme', plan: 'rag-chatbot/trial', trialDays: 14, credits: 500 },
      id: 'signup-1',
    },
    output: workflowRunDetailSchema,
    answer: 'The run that was started.',
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
    description: 'Latest first.',
    query: workflowFilterSchema,
    output: workflowRunPageSchema,
    answer: 'A page of runs.',
    repeat: 'read',
  }),
  operation({
    name: 'workflows.get',
    method: 'get',
    path: `${RUNS}/{runId}`,
    right: 'admin',
    tag: 'Workflows',
    summary: 'Get a run with its steps',
    output: workflowRunDetailSchema,
    answer: 'The run: its input, and the result or progress of each step.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'workflows.pause',
    ...steers,
    path: `${RUNS}/{runId}/pause`,
    summary: 'Pause a run',
    description: 'The current step finishes. No other step begins, in any process.',
  }),
  operation({
    name: 'workflows.resume',
    ...steers,
    path: `${RUNS}/{runId}/resume`,
    summary: 'Resume a paused run',
  }),
  operation({
    name: 'workflows.rollback',
    ...steers,
    path: `${RUNS}/{runId}/rollback`,
    summary: 'Roll a run back',
    description:
      'Undoes the steps, the last first, also for a run that is done, stuck or canceled. ' +
      'Entries of the ledger and the audit log stay; an undo writes the opposite.',
  }),
  operation({
    name: 'workflows.retry',
    ...steers,
    path: `${RUNS}/{runId}/retry`,
    summary: 'Retry a step now',
    description: 'For a run that is stuck, or that waits for its next try.',
  }),
  operation({
    name: 'workflows.cancel',
    ...steers,
    path: `${RUNS}/{runId}/cancel`,
    summary: 'Cancel a run as it is',
    description: 'Nothing is undone. A rollback may still follow.',
  }),
] as const
