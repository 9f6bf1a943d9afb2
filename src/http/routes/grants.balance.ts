import { creditBalanceSchema } from '../../contract/grants.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** What credits an organization has. */
export const grantsBalance = defineRoute({
  operationId: 'grants.balance',
  method: 'get',
  path: '/api/organizations/{orgId}/grants/balance',
  access: 'usage.read',
  organization: 'path',
  tag: 'Credits',
  summary: 'The balance of credits',
  description: 'What can be used now, and of what it is made: the allowance, grants, and the debt.',
  params: organizationParameters,
  answers: { 200: { description: 'The balance.', schema: creditBalanceSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.grants.balance(call.organizationId)),
})
