import { memberPageSchema } from '../../contract/members.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { pageQuerySchema } from '../page-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** A page of the members of an organization. */
export const membersList = defineRoute({
  operationId: 'members.list',
  method: 'get',
  path: '/api/organizations/{orgId}/members',
  access: 'members.read',
  organization: 'path',
  tag: 'Members',
  summary: 'List members',
  description: 'In the order of the ids of the users.',
  params: organizationParameters,
  query: pageQuerySchema,
  answers: { 200: { description: 'A page of them.', schema: memberPageSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.members.list(call.organizationId, call.query)),
})
