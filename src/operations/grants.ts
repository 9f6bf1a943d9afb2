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
      "Credits beside the plan's allowance: a purchase, a promotion, or a recurring grant with " +
      '`everyMonths`. They can be used at once and pay off debt first.',
    body: grantCreateSchema,
    example: {
      id: 'order-1042',
      credits: 5_000,
      expiresAt: '2027-01-31T00:00:00Z',
      reason: 'credit pack',
    },
    output: grantCreatedSchema,
    answer: 'The grant.',
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
    description: 'All grants, newest first.',
    query: pageRequestSchema,
    output: grantPageSchema,
    answer: 'A page of grants.',
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
    description: 'The usable credits and their parts: the allowance, grants, and debt.',
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
      'Every movement in double entry, latest first. The entries of a movement sum to zero, ' +
      'and a balance is the sum of its entries. The history begins with the first grant.',
    query: pageRequestSchema,
    output: creditMovementPageSchema,
    answer: 'A page of movements.',
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
      'Buys credits at Stripe whenever fewer than `below` can be used. Each purchase is a ' +
      'separate invoice, and the credits are granted when it is paid. `below: null` turns ' +
      'top-ups off.',
    body: topUpSettingsSchema,
    example: { below: 100, credits: 1_000, amount: '20.00', mostAMonth: 5 },
    output: topUpSetSchema,
    answer: 'The current settings.',
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
      'The rest of the grant can no longer be used; used credits stay used. With the id of a ' +
      'recurring grant, no further credits are granted.',
    params: { grantId: storableText(255).describe('the `id` of the grant, or its `seriesId`') },
    output: grantEndedSchema,
    answer: 'The ended grant.',
    repeat: 'never',
    problems: ['not_found'],
  }),
] as const
