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
    description: 'The newest first, those that have ended among them; never the keys themselves.',
    query: pageRequestSchema,
    output: serviceKeyPageSchema,
    answer: 'A page of them.',
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
      'For the backend of your product: it may do what its scopes say, in every organization, and ' +
      'is no administrator. The `key` is shown this once: only its SHA-256 is kept.',
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
      "The key of the server's configuration first, where it has one; then those of the database, " +
      'the newest first, those that have ended among them.',
    query: pageRequestSchema,
    output: adminKeyPageSchema,
    answer: 'A page of them.',
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
      'It may do everything in every organization: for a person or a tool of yours, never for a ' +
      'backend, which takes a service key. The `key` is shown this once: only its SHA-256 is kept.',
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
      'It opens nothing from now on, in every process within a second, and the sessions that it ' +
      'opened are over. A key does not revoke itself, so that whoever asks keeps a credential; that ' +
      'of the configuration is changed where the server runs.',
    params: keyId,
    output: adminKeySchema,
    answer: 'The key, revoked.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
  }),
] as const
