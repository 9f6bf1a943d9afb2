import { apiKeyRotatedSchema, apiKeyRotateSchema } from '../../contract/api-keys.ts'
import { apiKeyParameters } from '../api-key-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Puts a new API key in the place of one. */
export const apiKeysRotate = defineRoute({
  operationId: 'api-keys.rotate',
  method: 'post',
  path: '/api/organizations/{orgId}/api-keys/{keyId}/rotate',
  access: 'keys.manage',
  organization: 'path',
  tag: 'API keys',
  summary: 'Rotate an API key',
  description:
    'A new key with the same name, scopes and length of life, shown this once. The old one works ' +
    'on for the overlap, a day where none is given: `{}` will do as the body.',
  params: apiKeyParameters,
  body: uncheckedBody(apiKeyRotateSchema, { overlapSeconds: 3_600 }),
  answers: { 201: { description: 'The new key.', schema: apiKeyRotatedSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) => {
    const { acting, body, organizationId, params } = call
    return json(await call.tollgate.apiKeys.rotate(organizationId, params.keyId, body, acting), 201)
  },
})
