import { organizationSchema, organizationUpdateSchema } from '../../contract/tenancy.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Changes an organization, or its plan. */
export const organizationsUpdate = defineRoute({
  operationId: 'organizations.update',
  method: 'patch',
  path: '/api/organizations/{orgId}',
  access: 'organization.manage',
  organization: 'path',
  tag: 'Organizations',
  summary: 'Change an organization or its plan',
  description:
    'A plan is moved to in its newest version, and its limits hold at once; what was used counts ' +
    'on. An owner may choose among the public plans.',
  params: organizationParameters,
  body: uncheckedBody(organizationUpdateSchema, {
    name: 'Acme International',
    plan: 'ai-workspace/professional',
    warnPercent: 90,
  }),
  answers: { 200: { description: 'As it is now.', schema: organizationSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.organizations.update(call.organizationId, call.body, call.acting)),
})
