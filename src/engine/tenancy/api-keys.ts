import type { z } from 'zod'
import type {
  ApiKey,
  ApiKeyCreated,
  ApiKeyRotated,
  apiKeyCreateSchema,
  apiKeyRotateSchema,
} from '../../contract/api-keys.ts'
import type { CallOptions, Owned } from '../../contract/call.ts'
import {
  DEFAULT_PAGE_SIZE,
  type Page,
  pageFrom,
  type pageRequestSchema,
} from '../../contract/page.ts'
import { DEFAULT_SCOPES } from '../../core/rights.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import {
  type ApiKeyRow,
  type KeyHolder,
  listApiKeys as listRows,
} from '../../storage/tables/api-keys.ts'
import type { Context } from '../context.ts'
import { createKey, revokeKey, rotateKey, shownKey, shownNewKey } from './key-changes.ts'
import { keyCursor } from './key-cursor.ts'
import { existing } from './organizations.ts'

/** Creates a key for an organization. The key is shown only this once. */
export const createApiKey = async (
  ctx: Context,
  {
    organizationId,
    scopes = [...DEFAULT_SCOPES],
    ...wanted
  }: Owned<z.output<typeof apiKeyCreateSchema>>,
  options: CallOptions = {},
): Promise<ApiKeyCreated> => {
  const made = await createKey(ctx, of(organizationId), { ...wanted, scopes }, options)
  return { ...shownNewKey(made), organizationId }
}

/** The newest first, including keys that have ended. */
export const listApiKeys = async (
  ctx: Context,
  { organizationId, cursor, limit = DEFAULT_PAGE_SIZE }: Owned<z.output<typeof pageRequestSchema>>,
): Promise<Page<ApiKey>> => {
  const before = keyCursor(cursor)
  await existing(ctx, organizationId)
  const rows = await asOrganization(ctx.db, organizationId, (tx) =>
    listRows(tx, of(organizationId), { before, limit: limit + 1 }),
  )
  return pageFrom(rows, limit, apiKeyOf, (row) => row.id)
}

/** Revokes a key, in every process within a second. Revoking it again changes nothing. */
export const revokeApiKey = async (
  ctx: Context,
  { organizationId, keyId }: { readonly organizationId: string; readonly keyId: string },
  options: CallOptions = {},
): Promise<ApiKey> => apiKeyOf(await revokeKey(ctx, of(organizationId), keyId, options))

/** Creates a key that replaces an old one. The old one ends after the overlap. */
export const rotateApiKey = async (
  ctx: Context,
  {
    organizationId,
    ...asked
  }: Owned<z.output<typeof apiKeyRotateSchema>> & { readonly keyId: string },
  options: CallOptions = {},
): Promise<ApiKeyRotated> => {
  const made = await rotateKey(ctx, of(organizationId), asked, options)
  const { replaces, replacedUntil } = made
  return { ...shownNewKey(made), organizationId, replaces, replacedUntil }
}

const of = (organizationId: string): KeyHolder => ({ kind: 'organization', organizationId })

const apiKeyOf = (row: ApiKeyRow): ApiKey => ({
  ...shownKey(row),
  organizationId: row.organization_id,
})
