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
      'A budget limits one run. Calls name it by `budget`, or by the header `Tollgate-Budget`. ' +
      'A call is allowed if it fits the budget, all budgets that contain it, and the ' +
      "organization's own limits. A refusal has the reason `budget_exceeded`; waiting does not " +
      'help.',
    body: budgetOpenSchema,
    example: { id: 'run_42', ceiling: { tokens: 200_000, credits: 50 }, idleMs: 600_000 },
    output: budgetSchema,
    answer: 'The budget; with `Idempotency-Replayed: true` if it was open before.',
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
    description: 'Newest first. Ended budgets are stored as long as ids are.',
    query: budgetFilterSchema,
    output: budgetPageSchema,
    answer: 'A page of budgets.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'budgets.get',
    method: 'get',
    path: '/api/organizations/{organizationId}/budgets/{budgetId}',
    right: 'usage.read',
    tag: 'Budgets',
    summary: 'Get a budget and its use',
    params,
    output: budgetSchema,
    answer: 'The budget: its steps, its amounts, and how it ended.',
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
      'Also closes all budgets within it and returns unused allotments. Calls under way are ' +
      'still settled and count. Takes no body.',
    params,
    output: budgetSchema,
    answer: 'The closed budget; with `Idempotency-Replayed: true` if it was closed before.',
    repeat: 'first',
    problems: ['not_found'],
    http: { form: 'replayable' },
  }),
] as const
