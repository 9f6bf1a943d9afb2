import { memberSchema, memberUpdateSchema } from '../../contract/members.ts'
import { memberParameters } from '../member-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Changes the role or the name of a member. */
export const membersUpdate = defineRoute({
  operationId: 'members.update',
  method: 'patch',
  path: '/api/organizations/{orgId}/members/{userId}',
  access: 'members.manage',
  organization: 'path',
  tag: 'Members',
  summary: 'Change a member',
  description: 'Only an owner may make or change an owner, and the last owner stays one.',
  params: memberParameters,
  body: uncheckedBody(memberUpdateSchema, { role: 'admin' }),
  answers: { 200: { description: 'The member now.', schema: memberSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) => {
    const { acting, body, organizationId, params } = call
    return json(await call.tollgate.members.update(organizationId, params.userId, body, acting))
  },
})
