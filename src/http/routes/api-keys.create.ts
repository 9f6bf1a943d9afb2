import { apiKeyCreatedSchema, apiKeyCreateSchema } from '../../contract/tenancy.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Makes an API key of an organization. */
export const apiKeysCreate = defineRoute({
  operationId: 'api-keys.create',
  method: 'post',
  path: '/api/organizations/{orgId}/api-keys',
  access: 'admin',
  tag: 'Organizations',
  summary: 'Create an API key',
  description: 'The `key` is shown this once: only its SHA-256 is kept.',
  params: organizationParameters,
  body: uncheckedBody(apiKeyCreateSchema, { name: 'production' }),
  answers: { 201: { description: 'The key.', schema: apiKeyCreatedSchema } },
  problems: ['not_found'],
  run: async (call) =>
    json(await call.tollgate.apiKeys.create(call.params.orgId, call.body, call.acting), 201),
})
