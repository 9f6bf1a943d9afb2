import { creditMovementPageSchema } from '../../contract/grants.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { pageQuerySchema } from '../page-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** A page of the journal of an organization's credits. */
export const grantsMovements = defineRoute({
  operationId: 'grants.movements',
  method: 'get',
  path: '/api/organizations/{orgId}/grants/movements',
  access: 'invoices.read',
  organization: 'path',
  tag: 'Credits',
  summary: 'The journal of credits',
  description:
    'Every movement in double entry, the latest first: the entries of each sum to zero, and a ' +
    'balance is the sum of its entries. It begins with the first grant.',
  params: organizationParameters,
  query: pageQuerySchema,
  answers: { 200: { description: 'A page of it.', schema: creditMovementPageSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.grants.movements(call.organizationId, call.query)),
})
