import { pageRequestSchema } from '../contract/page.ts'
import {
  adminKeyCreatedSchema,
  adminKeyCreateSchema,
  adminKeyPageSchema,
  adminKeySchema,
  serviceKeyCreatedSchema,
  serviceKeyCreateSchema,
  serviceKeyPageSchema,
  serviceKeyRotatedSchema,
  serviceKeySchema,
} from '../contract/platform-keys.ts'
import { storableText } from '../contract/text.ts'
import { revokesKey, rotatesKey } from './key-operations.ts'
import { operation } from './operation.ts'

/** The field that names a key. */
const keyId = { keyId: storableText(255).describe('the `id` of the key') }

export const platformKeysOperations = [
  operation({
    name: 'serviceKeys.list',
    method: 'get',
    path: '/api/admin/service-keys',
    right: 'admin',
    tag: 'Platform keys',
    summary: 'List service keys',
    description: 'Newest first, including ended keys. The secrets themselves are never listed.',
    query: pageRequestSchema,
    output: serviceKeyPageSchema,
    answer: 'A page of keys.',
    repeat: 'read',
  }),
  operation({
    name: 'serviceKeys.create',
    method: 'post',
    path: '/api/admin/service-keys',
    right: 'admin',
    tag: 'Platform keys',
    summary: 'Create a service key',
    description:
      "For your product's backend. The key may do what its scopes say, in every organization, " +
      'and is no administrator. Only this answer contains `key`: Tollgate stores only its ' +
      'SHA-256.',
    body: serviceKeyCreateSchema,
    example: {
      name: 'backend',
      scopes: ['gate.use', 'usage.record', 'usage.read'],
      expiresAt: '2027-01-31T00:00:00Z',
    },
    output: serviceKeyCreatedSchema,
    answer: 'The key.',
    repeat: 'never',
    http: { status: 201 },
  }),
  operation({
    name: 'serviceKeys.rotate',
    ...rotatesKey,
    path: '/api/admin/service-keys/{keyId}/rotate',
    right: 'admin',
    tag: 'Platform keys',
    summary: 'Rotate a service key',
    params: keyId,
    output: serviceKeyRotatedSchema,
  }),
  operation({
    name: 'serviceKeys.revoke',
    ...revokesKey,
    path: '/api/admin/service-keys/{keyId}',
    right: 'admin',
    tag: 'Platform keys',
    summary: 'Revoke a service key',
    params: keyId,
    output: serviceKeySchema,
  }),
  operation({
    name: 'adminKeys.list',
    method: 'get',
    path: '/api/admin/admin-keys',
    right: 'admin',
    tag: 'Platform keys',
    summary: 'List admin keys',
    description:
      "The key of the server's configuration first, if there is one. Then the stored keys, " +
      'newest first, including ended ones.',
    query: pageRequestSchema,
    output: adminKeyPageSchema,
    answer: 'A page of keys.',
    repeat: 'read',
  }),
  operation({
    name: 'adminKeys.create',
    method: 'post',
    path: '/api/admin/admin-keys',
    right: 'admin',
    tag: 'Platform keys',
    summary: 'Create an admin key',
    description:
      'The key may do everything in every organization. Give it to people and to your own ' +
      'tools, never to a backend; use a service key there. Only this answer contains `key`: ' +
      'Tollgate stores only its SHA-256.',
    body: adminKeyCreateSchema,
    example: { name: 'ada', expiresAt: '2027-01-31T00:00:00Z' },
    output: adminKeyCreatedSchema,
    answer: 'The key.',
    repeat: 'never',
    http: { status: 201 },
  }),
  operation({
    name: 'adminKeys.revoke',
    method: 'delete',
    path: '/api/admin/admin-keys/{keyId}',
    right: 'admin',
    tag: 'Platform keys',
    summary: 'Revoke an admin key',
    description:
      'Every process refuses the key within a second, and its sessions end. A key cannot ' +
      'revoke itself, so the caller always keeps a credential. A key of the configuration is ' +
      'changed on the server.',
    params: keyId,
    output: adminKeySchema,
    answer: 'The revoked key.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
  }),
] as const
