import { organizationCreateSchema, organizationSchema } from '../../contract/tenancy.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Makes an organization, on a plan. */
export const organizationsCreate = defineRoute({
  operationId: 'organizations.create',
  method: 'post',
  path: '/api/organizations',
  access: 'admin',
  tag: 'Organizations',
  summary: 'Create an organization',
  body: uncheckedBody(organizationCreateSchema, {
    id: 'acme',
    name: 'Acme Corporation',
    plan: 'ai-workspace/starter',
  }),
  answers: { 201: { description: 'It has been created.', schema: organizationSchema } },
  problems: ['already_exists', 'unprocessable'],
  run: async (call) => {
    const organization = await call.tollgate.organizations.create(call.body, call.acting)
    return json(organization, 201, {
      location: `/api/organizations/${encodeURIComponent(organization.id)}`,
    })
  },
})
