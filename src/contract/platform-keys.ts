import { z } from 'zod'
import { type Right, SERVICE_SCOPES } from '../core/rights.ts'
import {
  type ApiKeyRotateInput,
  apiKeyCreateSchema,
  apiKeySchema,
  distinctScopes,
} from './api-keys.ts'
import type { CallOptions } from './call.ts'
import { type PageRequest, type Pages, pageOf } from './page.ts'
import { answered, sent } from './schema-names.ts'

const serviceScopeSchema = z.enum(SERVICE_SCOPES as [Right, ...Right[]])

export const serviceKeyCreateSchema = sent(
  'ServiceKeyCreate',
  z.strictObject({
    ...apiKeyCreateSchema.pick({ name: true, expiresAt: true }).shape,
    scopes: distinctScopes(serviceScopeSchema).describe(
      'what the key may do, in every organization',
    ),
  }),
)
export type ServiceKeyCreateInput = z.input<typeof serviceKeyCreateSchema>

/** A service key as it is listed: without the secret, of which only the SHA-256 is stored. */
export const serviceKeySchema = answered(
  'ServiceKey',
  z.object({
    ...apiKeySchema.omit({ organizationId: true, scopes: true }).shape,
    scopes: z.array(serviceScopeSchema),
  }),
)
export type ServiceKey = z.output<typeof serviceKeySchema>

export const serviceKeyPageSchema = answered('ServiceKeyPage', pageOf(serviceKeySchema))

/** The answer to creating a key. Only this answer contains `key`. */
export const serviceKeyCreatedSchema = answered(
  'ServiceKeyCreated',
  z.object({
    key: z.string(),
    ...serviceKeySchema.pick({
      id: true,
      name: true,
      prefix: true,
      scopes: true,
      createdAt: true,
      expiresAt: true,
    }).shape,
  }),
)
export type ServiceKeyCreated = z.output<typeof serviceKeyCreatedSchema>

export const serviceKeyRotatedSchema = answered(
  'ServiceKeyRotated',
  z.object({
    ...serviceKeyCreatedSchema.shape,
    replaces: z.string().describe('the id of the old key'),
    replacedUntil: z.iso.datetime().describe('when the old key ends'),
  }),
)
export type ServiceKeyRotated = z.output<typeof serviceKeyRotatedSchema>

/** The `id` of the admin key that is set in the server's configuration. */
export const CONFIGURED_KEY_ID = 'configured'

/** An administrator's key. It has no scopes and may do everything. */
export const adminKeySchema = answered(
  'AdminKey',
  z.object({
    id: z.string().describe(`\`${CONFIGURED_KEY_ID}\`: the key of the server's configuration`),
    origin: z
      .enum(['database', 'configuration'])
      .describe('`configuration`: set on the server; it cannot be revoked here'),
    name: z.string(),
    prefix: z.string().nullable().describe('the first characters of the key; null: not shown'),
    createdAt: z.iso.datetime().nullable().describe('null: unknown'),
    ...apiKeySchema.pick({ expiresAt: true, revokedAt: true, lastUsedAt: true }).shape,
  }),
)
export type AdminKey = z.output<typeof adminKeySchema>

export const adminKeyCreateSchema = sent(
  'AdminKeyCreate',
  z.strictObject(apiKeyCreateSchema.pick({ name: true, expiresAt: true }).shape),
)
export type AdminKeyCreateInput = z.input<typeof adminKeyCreateSchema>

/** The answer to creating a key. Only this answer contains `key`. */
export const adminKeyCreatedSchema = answered(
  'AdminKeyCreated',
  z.object({
    key: z.string(),
    ...apiKeySchema.pick({ id: true, name: true, prefix: true, createdAt: true, expiresAt: true })
      .shape,
  }),
)
export type AdminKeyCreated = z.output<typeof adminKeyCreatedSchema>

export const adminKeyPageSchema = answered('AdminKeyPage', pageOf(adminKeySchema))

/**
 * Keys of the platform for a host's backend. Each has scopes, which apply in every organization,
 * and is no administrator. Only the administrator creates, lists and ends them.
 */
export interface ServiceKeys {
  /** Creates a key. Only this answer contains `key`. */
  create(input: ServiceKeyCreateInput, options?: CallOptions): Promise<ServiceKeyCreated>
  /** Lists the keys, newest first, including ended ones. */
  list(input?: PageRequest, options?: CallOptions): Pages<ServiceKey>
  /** Revokes a key. Every process refuses it within a second. */
  revoke(input: { keyId: string }, options?: CallOptions): Promise<ServiceKey>
  /** Replaces a key by a new one. The old one ends after the overlap. */
  rotate(
    input: { keyId: string } & ApiKeyRotateInput,
    options?: CallOptions,
  ): Promise<ServiceKeyRotated>
}

/** The keys of the platform's administrator. */
export interface AdminKeys {
  /** Creates a key. Only this answer contains `key`. It may do everything, so set an expiry. */
  create(input: AdminKeyCreateInput, options?: CallOptions): Promise<AdminKeyCreated>
  /** Lists the keys, newest first. Over HTTP, the key of the server's configuration comes first. */
  list(input?: PageRequest, options?: CallOptions): Pages<AdminKey>
  /**
   * Revokes a key. Every process refuses it within a second. A key cannot revoke itself, so that an
   * administrator over HTTP always keeps one.
   */
  revoke(input: { keyId: string }, options?: CallOptions): Promise<AdminKey>
}
