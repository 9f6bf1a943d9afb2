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

/** A service key as it is shown again: without the key itself, of which only the SHA-256 is kept. */
export const serviceKeySchema = answered(
  'ServiceKey',
  z.object({
    ...apiKeySchema.omit({ organizationId: true, scopes: true }).shape,
    scopes: z.array(serviceScopeSchema),
  }),
)
export type ServiceKey = z.output<typeof serviceKeySchema>

export const serviceKeyPageSchema = answered('ServiceKeyPage', pageOf(serviceKeySchema))

/** `key` is shown this once. */
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

/** The `id` by which the admin key of a server's configuration is listed. */
export const CONFIGURED_KEY_ID = 'configured'

/** A key of the platform's administrator. It has no scopes: it may do everything. */
export const adminKeySchema = answered(
  'AdminKey',
  z.object({
    id: z.string().describe(`\`${CONFIGURED_KEY_ID}\`: that of the server's configuration`),
    origin: z
      .enum(['database', 'configuration'])
      .describe('`configuration`: it is set where the server runs, and cannot be revoked here'),
    name: z.string(),
    prefix: z.string().nullable().describe('how the key begins; null: that is not told'),
    createdAt: z.iso.datetime().nullable().describe('null: not known'),
    ...apiKeySchema.pick({ expiresAt: true, revokedAt: true, lastUsedAt: true }).shape,
  }),
)
export type AdminKey = z.output<typeof adminKeySchema>

export const adminKeyCreateSchema = sent(
  'AdminKeyCreate',
  z.strictObject(apiKeyCreateSchema.pick({ name: true, expiresAt: true }).shape),
)
export type AdminKeyCreateInput = z.input<typeof adminKeyCreateSchema>

/** `key` is shown this once. */
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
 * Keys of the platform for the backend of a host: each may do what its scopes say, in every
 * organization, and is no administrator. Only the administrator makes, sees and ends them.
 */
export interface ServiceKeys {
  /** `key` is in the answer this once. */
  create(input: ServiceKeyCreateInput, options?: CallOptions): Promise<ServiceKeyCreated>
  /** The newest first, those that have ended among them. */
  list(input?: PageRequest, options?: CallOptions): Pages<ServiceKey>
  /** Ends a key in every process within a second. */
  revoke(input: { keyId: string }, options?: CallOptions): Promise<ServiceKey>
  /** A new key in the place of an old one, which ends after the overlap. */
  rotate(
    input: { keyId: string } & ApiKeyRotateInput,
    options?: CallOptions,
  ): Promise<ServiceKeyRotated>
}

/** The keys of the platform's administrator. */
export interface AdminKeys {
  /** `key` is in the answer this once. It may do everything, so give it an end. */
  create(input: AdminKeyCreateInput, options?: CallOptions): Promise<AdminKeyCreated>
  /** The newest first; over HTTP that of the server's configuration before all others. */
  list(input?: PageRequest, options?: CallOptions): Pages<AdminKey>
  /**
   * Ends a key in every process within a second. A key does not revoke itself, so that one is
   * always left to whoever asks over HTTP.
   */
  revoke(input: { keyId: string }, options?: CallOptions): Promise<AdminKey>
}
