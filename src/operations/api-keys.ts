import {
  apiKeyCreatedSchema,
  apiKeyCreateSchema,
  apiKeyPageSchema,
  apiKeyRotatedSchema,
  apiKeySchema,
} from '../contract/api-keys.ts'
import { pageRequestSchema } from '../contract/page.ts'
import { storableText } from '../contract/text.ts'
import { revokesKey, rotatesKey } from './key-operations.ts'
import { operation } from './operation.ts'

/** The field that names a key. */
const keyId = { keyId: storableText(255).describe('the `id` of the key') }

export const apiKeysOperations = [
  operation({
    name: 'apiKeys.list',
    method: 'get',
    path: '/api/organizations/{organizationId}/api-keys',
    right: 'keys.manage',
    tag: 'API keys',
    summary: 'List API keys',
    description: 'Newest first, including ended keys. The secrets themselves are never listed.',
    query: pageRequestSchema,
    output: apiKeyPageSchema,
    answer: 'A page of keys.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'apiKeys.create',
    method: 'post',
    path: '/api/organizations/{organizationId}/api-keys',
    right: 'keys.manage',
    tag: 'API keys',
    summary: 'Create an API key',
    description: 'Only this answer contains `key`: Tollgate stores only its SHA-256.',
    body: apiKeyCreateSchema,
    example: {
      name: 'production',
      scopes: ['gate.use', 'usage.read'],
      expiresAt: '2027-01-31T00:00:00Z',
    },
    output: apiKeyCreatedSchema,
    answer: 'The key.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
    http: { status: 201 },
  }),
  operation({
    name: 'apiKeys.rotate',
    ...rotatesKey,
    path: '/api/organizations/{organizationId}/api-keys/{keyId}/rotate',
    right: 'keys.manage',
    tag: 'API keys',
    summary: 'Rotate an API key',
    params: keyId,
    output: apiKeyRotatedSchema,
  }),
  operation({
    name: 'apiKeys.revoke',
    ...revokesKey,
    path: '/api/organizations/{organizationId}/api-keys/{keyId}',
    right: 'keys.manage',
    tag: 'API keys',
    summary: 'Revoke an API key',
    params: keyId,
    output: apiKeySchema,
  }),
] as const
