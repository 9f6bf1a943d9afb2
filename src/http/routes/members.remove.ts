import { memberSchema } from '../../contract/members.ts'
import { memberParameters } from '../member-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Takes a user out of an organization. */
export const membersRemove = defineRoute({
  operationId: 'members.remove',
  method: 'delete',
  path: '/api/organizations/{orgId}/members/{userId}',
  access: 'members.manage',
  organization: 'path',
  tag: 'Members',
  summary: 'Remove a member',
  description: 'Holds in every process within a second. The last owner stays.',
  params: memberParameters,
  answers: { 200: { description: 'Who was a member.', schema: memberSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) => {
    const { acting, organizationId, params } = call
    return json(await call.tollgate.members.remove(organizationId, params.userId, acting))
  },
})
