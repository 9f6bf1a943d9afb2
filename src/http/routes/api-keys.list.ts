import { apiKeyPageSchema } from '../../contract/api-keys.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { pageQuerySchema } from '../page-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** A page of the API keys of an organization. */
export const apiKeysList = defineRoute({
  operationId: 'api-keys.list',
  method: 'get',
  path: '/api/organizations/{orgId}/api-keys',
  access: 'keys.manage',
  organization: 'path',
  tag: 'API keys',
  summary: 'List API keys',
  description: 'The newest first, those that have ended among them; never the keys themselves.',
  params: organizationParameters,
  query: pageQuerySchema,
  answers: { 200: { description: 'A page of them.', schema: apiKeyPageSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.apiKeys.list(call.organizationId, call.query)),
})
