import { organizationSchema } from '../../contract/tenancy.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Closes an organization. */
export const organizationsClose = defineRoute({
  operationId: 'organizations.close',
  method: 'delete',
  path: '/api/organizations/{orgId}',
  access: 'organization.manage',
  organization: 'path',
  tag: 'Organizations',
  summary: 'Close an organization',
  description:
    'From now on the gate refuses it and its keys open nothing. What it used stays, and can be ' +
    'read by its members. Closing it again changes nothing.',
  params: organizationParameters,
  answers: { 200: { description: 'It is closed.', schema: organizationSchema } },
  problems: ['not_found'],
  run: async (call) =>
    json(await call.tollgate.organizations.close(call.organizationId, call.acting)),
})
