import { z } from 'zod'
import { DEFAULT_SCOPES, type Right, SCOPES } from '../core/rights.ts'
import type { CallOptions, OfOrganization } from './call.ts'
import { type PageRequest, type Pages, pageOf } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, storableText } from './text.ts'

const scopeSchema = z.enum(SCOPES as [Right, ...Right[]])

/** A list of at least one scope, without duplicates. */
export const distinctScopes = <Scope extends z.ZodType>(scope: Scope) =>
  z
    .array(scope)
    .min(1, 'must name at least one')
    .refine((scopes) => new Set(scopes).size === scopes.length, 'must not contain duplicates')

export const apiKeyCreateSchema = sent(
  'ApiKeyCreate',
  z.strictObject({
    name: storableText(10_000),
    scopes: distinctScopes(scopeSchema)
      .optional()
      .describe(`what the key may do; default: ${DEFAULT_SCOPES.join(', ')}`),
    expiresAt: instantSchema.optional(),
  }),
)
export type ApiKeyCreateInput = z.input<typeof apiKeyCreateSchema>

/** A key as it is listed: without the secret, of which only the SHA-256 is stored. */
export const apiKeySchema = answered(
  'ApiKey',
  z.object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().describe('the first characters of the key'),
    organizationId: z.string().nullable(),
    scopes: z.array(scopeSchema),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable().describe('rounded to the minute'),
    replacedBy: z.string().nullable().describe('the id of the key that replaced it in a rotation'),
  }),
)
export type ApiKey = z.output<typeof apiKeySchema>

export const apiKeyPageSchema = answered('ApiKeyPage', pageOf(apiKeySchema))

/** The answer to creating a key. Only this answer contains `key`. */
export const apiKeyCreatedSchema = answered(
  'ApiKeyCreated',
  z.object({
    key: z.string(),
    ...apiKeySchema.pick({
      id: true,
      name: true,
      prefix: true,
      organizationId: true,
      scopes: true,
      createdAt: true,
      expiresAt: true,
    }).shape,
  }),
)
export type ApiKeyCreated = z.output<typeof apiKeyCreatedSchema>

const MAX_OVERLAP_SECONDS = 30 * 86_400
export const DEFAULT_OVERLAP_SECONDS = 86_400

export const apiKeyRotateSchema = sent(
  'ApiKeyRotate',
  z.strictObject({
    overlapSeconds: z
      .number()
      .int('must be a whole number')
      .min(0, 'must not be negative')
      .max(MAX_OVERLAP_SECONDS, `must be at most ${MAX_OVERLAP_SECONDS}`)
      .optional()
      .describe(`how long the old key still works; default ${DEFAULT_OVERLAP_SECONDS}`),
  }),
)
export type ApiKeyRotateInput = z.input<typeof apiKeyRotateSchema>

export const apiKeyRotatedSchema = answered(
  'ApiKeyRotated',
  z.object({
    ...apiKeyCreatedSchema.shape,
    replaces: z.string().describe('the id of the old key'),
    replacedUntil: z.iso.datetime().describe('when the old key ends'),
  }),
)
export type ApiKeyRotated = z.output<typeof apiKeyRotatedSchema>

/** The API keys of an organization. */
export interface ApiKeys {
  /** Creates a key. Only this answer contains `key`. */
  create(input: OfOrganization & ApiKeyCreateInput, options?: CallOptions): Promise<ApiKeyCreated>
  /** Lists the keys, newest first, including ended ones. */
  list(input?: OfOrganization & PageRequest, options?: CallOptions): Pages<ApiKey>
  /** Revokes a key. Every process refuses it within a second. */
  revoke(input: OfOrganization & { keyId: string }, options?: CallOptions): Promise<ApiKey>
  /** Replaces a key by a new one. The old one ends after the overlap. */
  rotate(
    input: OfOrganization & { keyId: string } & ApiKeyRotateInput,
    options?: CallOptions,
  ): Promise<ApiKeyRotated>
}
