import { memberAddSchema, memberSchema } from '../../contract/members.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Lets a user into an organization. */
export const membersAdd = defineRoute({
  operationId: 'members.add',
  method: 'post',
  path: '/api/organizations/{orgId}/members',
  access: 'members.manage',
  organization: 'path',
  tag: 'Members',
  summary: 'Add a member',
  description: 'Only an owner may make another owner.',
  params: organizationParameters,
  body: uncheckedBody(memberAddSchema, { userId: 'user-7', role: 'member', name: 'Ada' }),
  answers: { 201: { description: 'The member.', schema: memberSchema } },
  problems: ['not_found', 'already_exists', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.members.add(call.organizationId, call.body, call.acting), 201),
})
