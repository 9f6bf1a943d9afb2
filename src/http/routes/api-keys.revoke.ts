import { apiKeySchema } from '../../contract/api-keys.ts'
import { apiKeyParameters } from '../api-key-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Ends an API key. */
export const apiKeysRevoke = defineRoute({
  operationId: 'api-keys.revoke',
  method: 'delete',
  path: '/api/organizations/{orgId}/api-keys/{keyId}',
  access: 'keys.manage',
  organization: 'path',
  tag: 'API keys',
  summary: 'Revoke an API key',
  description: 'It opens nothing from now on, in every process within a second.',
  params: apiKeyParameters,
  answers: { 200: { description: 'The key, revoked.', schema: apiKeySchema } },
  problems: ['not_found'],
  run: async (call) =>
    json(await call.tollgate.apiKeys.revoke(call.organizationId, call.params.keyId, call.acting)),
})
