import { apiKeyCreatedSchema, apiKeyCreateSchema } from '../../contract/api-keys.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Makes an API key of an organization. */
export const apiKeysCreate = defineRoute({
  operationId: 'api-keys.create',
  method: 'post',
  path: '/api/organizations/{orgId}/api-keys',
  access: 'keys.manage',
  organization: 'path',
  tag: 'API keys',
  summary: 'Create an API key',
  description: 'The `key` is shown this once: only its SHA-256 is kept.',
  params: organizationParameters,
  body: uncheckedBody(apiKeyCreateSchema, {
    name: 'production',
    scopes: ['gate.use', 'usage.read'],
    expiresAt: '2027-01-31T00:00:00Z',
  }),
  answers: { 201: { description: 'The key.', schema: apiKeyCreatedSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.apiKeys.create(call.organizationId, call.body, call.acting), 201),
})
