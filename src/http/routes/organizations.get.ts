import { organizationSchema } from '../../contract/tenancy.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** One organization. */
export const organizationsGet = defineRoute({
  operationId: 'organizations.get',
  method: 'get',
  path: '/api/organizations/{orgId}',
  access: 'organization.read',
  organization: 'path',
  tag: 'Organizations',
  summary: 'Look up an organization',
  description: 'For whom it is not their own, it does not exist.',
  params: organizationParameters,
  answers: { 200: { description: 'The organization.', schema: organizationSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.organizations.get(call.organizationId)),
})
