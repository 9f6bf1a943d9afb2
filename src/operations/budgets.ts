import {
  budgetFilterSchema,
  budgetOpenSchema,
  budgetPageSchema,
  budgetSchema,
} from '../contract/budgets.ts'
import { budgetIdSchema } from '../contract/text.ts'
import { operation } from './operation.ts'

const params = { budgetId: budgetIdSchema.describe('the `id` of the budget') }

export const budgetsOperations = [
  operation({
    name: 'budgets.open',
    method: 'post',
    path: '/api/organizations/{organizationId}/budgets',
    right: 'gate.use',
    tag: 'Budgets',
    summary: 'Open a budget',
    description:
      'A limit whose window is a run. Calls name it by `budget`, or by the header ' +
      '`Tollgate-Budget`, and are let through when they fit it, all that it is within, and the ' +
      "organization's own limits. What is refused is told by `budget_exceeded`: no wait helps.",
    body: budgetOpenSchema,
    example: { id: 'run_42', ceiling: { tokens: 200_000, credits: 50 }, idleMs: 600_000 },
    output: budgetSchema,
    answer: 'The budget; with `Idempotency-Replayed: true` where it was opened before.',
    repeat: 'keyed',
    problems: ['not_found', 'unprocessable', 'idempotency_conflict'],
    http: { status: 201, form: 'replayable' },
  }),
  operation({
    name: 'budgets.list',
    method: 'get',
    path: '/api/organizations/{organizationId}/budgets',
    right: 'usage.read',
    tag: 'Budgets',
    summary: 'List budgets',
    description: 'The newest first. Those that have ended are kept as long as ids are.',
    query: budgetFilterSchema,
    output: budgetPageSchema,
    answer: 'A page of them.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'budgets.get',
    method: 'get',
    path: '/api/organizations/{organizationId}/budgets/{budgetId}',
    right: 'usage.read',
    tag: 'Budgets',
    summary: 'Get a budget and what was drawn on it',
    params,
    output: budgetSchema,
    answer: 'The budget: its steps, its amounts, and by what it ended.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'budgets.close',
    method: 'post',
    path: '/api/organizations/{organizationId}/budgets/{budgetId}/close',
    right: 'gate.use',
    tag: 'Budgets',
    summary: 'Close a budget',
    description:
      'Ends all budgets within it as well. What was allotted and not used goes back. Calls under ' +
      'way are settled all the same, and count. Takes no body.',
    params,
    output: budgetSchema,
    answer: 'The budget as it ended; with `Idempotency-Replayed: true` where it had before.',
    repeat: 'first',
    problems: ['not_found'],
    http: { form: 'replayable' },
  }),
] as const
