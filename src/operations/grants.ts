import {
  creditBalanceSchema,
  creditMovementPageSchema,
  grantCreatedSchema,
  grantCreateSchema,
  grantEndedSchema,
  grantPageSchema,
  topUpSetSchema,
  topUpSettingsSchema,
} from '../contract/grants.ts'
import { pageRequestSchema } from '../contract/page.ts'
import { storableText } from '../contract/text.ts'
import { operation } from './operation.ts'

export const grantsOperations = [
  operation({
    name: 'grants.create',
    method: 'post',
    path: '/api/organizations/{organizationId}/grants',
    right: 'admin',
    tag: 'Credits',
    summary: 'Grant credits',
    description:
      'Beside what the plan includes: a purchase, a promotion, or with `everyMonths` credits that ' +
      'come again. They can be used at once, and pay a debt first.',
    body: grantCreateSchema,
    example: {
      id: 'order-1042',
      credits: 5_000,
      expiresAt: '2027-01-31T00:00:00Z',
      reason: 'credit pack',
    },
    output: grantCreatedSchema,
    answer: 'What was given.',
    repeat: 'keyed',
    problems: ['not_found', 'unprocessable', 'idempotency_conflict'],
    http: { status: 201, form: 'replayable' },
  }),
  operation({
    name: 'grants.list',
    method: 'get',
    path: '/api/organizations/{organizationId}/grants',
    right: 'usage.read',
    tag: 'Credits',
    summary: 'List grants',
    description: 'All credits that were ever given, the newest first.',
    query: pageRequestSchema,
    output: grantPageSchema,
    answer: 'A page of them.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'grants.balance',
    method: 'get',
    path: '/api/organizations/{organizationId}/grants/balance',
    right: 'usage.read',
    tag: 'Credits',
    summary: 'Get the balance of credits',
    description:
      'What can be used now, and of what it is made: the allowance, grants, and the debt.',
    output: creditBalanceSchema,
    answer: 'The balance.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'grants.movements',
    method: 'get',
    path: '/api/organizations/{organizationId}/grants/movements',
    right: 'invoices.read',
    tag: 'Credits',
    summary: 'List movements of credits',
    description:
      'Every movement in double entry, the latest first: the entries of each sum to zero, and a ' +
      'balance is the sum of its entries. It begins with the first grant.',
    query: pageRequestSchema,
    output: creditMovementPageSchema,
    answer: 'A page of it.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'grants.setTopUp',
    method: 'post',
    path: '/api/organizations/{organizationId}/grants/top-up',
    right: 'admin',
    tag: 'Credits',
    summary: 'Set up automatic top-ups of credits',
    description:
      'Whenever fewer credits can be used than `below`, so many are bought at Stripe, by an invoice ' +
      'of its own. They are given when it is paid. With `below` null none are bought any more.',
    body: topUpSettingsSchema,
    example: { below: 100, credits: 1_000, amount: '20.00', mostAMonth: 5 },
    output: topUpSetSchema,
    answer: 'As it is now.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
  }),
  operation({
    name: 'grants.end',
    method: 'delete',
    path: '/api/organizations/{organizationId}/grants/{grantId}',
    right: 'admin',
    tag: 'Credits',
    summary: 'End a grant',
    description:
      'What is left of it can not be used any more; what was used stays used. With the id of ' +
      'credits that come again, no more of them come.',
    params: { grantId: storableText(255).describe('the `id` of the grant, or its `seriesId`') },
    output: grantEndedSchema,
    answer: 'What was ended.',
    repeat: 'never',
    problems: ['not_found'],
  }),
] as const
