import type { z } from 'zod'
import {
  type ApiKeyCreated,
  type ApiKeyCreateInput,
  apiKeyCreateSchema,
  type apiKeyRotateSchema,
} from '../../contract/api-keys.ts'
import type { CallOptions } from '../../contract/call.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import {
  DEFAULT_PAGE_SIZE,
  type Page,
  pageFrom,
  type pageRequestSchema,
} from '../../contract/page.ts'
import { parse } from '../../contract/parse.ts'
import {
  type AdminKey,
  type AdminKeyCreated,
  type adminKeyCreateSchema,
  CONFIGURED_KEY_ID,
  type ServiceKey,
  type ServiceKeyCreated,
  type ServiceKeyRotated,
  type serviceKeyCreateSchema,
} from '../../contract/platform-keys.ts'
import { isUuid } from '../../contract/text.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type ApiKeyRow,
  type KeyHolder,
  listApiKeys,
  lockApiKey,
} from '../../storage/tables/api-keys.ts'
import type { Acting } from '../acting.ts'
import type { Context } from '../context.ts'
import {
  createKey,
  revokeKey,
  rotateKey,
  shownKey,
  shownNewKey,
  unusableKey,
} from './key-changes.ts'
import { keyCursor } from './key-cursor.ts'

const SERVICE: KeyHolder = { kind: 'service', organizationId: null }
const ADMIN: KeyHolder = { kind: 'admin', organizationId: null }

type PageAsked = z.output<typeof pageRequestSchema>

/** Creates a key for a host's backend. The key is shown only this once. */
export const createServiceKey = async (
  ctx: Context,
  wanted: z.output<typeof serviceKeyCreateSchema>,
  options: CallOptions = {},
): Promise<ServiceKeyCreated> => shownNewKey(await createKey(ctx, SERVICE, wanted, options))

/** The newest first, including keys that have ended. */
export const listServiceKeys = async (
  ctx: Context,
  { cursor, limit = DEFAULT_PAGE_SIZE }: PageAsked,
): Promise<Page<ServiceKey>> => {
  const before = keyCursor(cursor)
  const rows = await listApiKeys(ctx.db, SERVICE, { before, limit: limit + 1 })
  return pageFrom(rows, limit, shownKey, (row) => row.id)
}

/** Revokes a key, in every process within a second. Revoking it again changes nothing. */
export const revokeServiceKey = async (
  ctx: Context,
  { keyId }: { readonly keyId: string },
  options: CallOptions = {},
): Promise<ServiceKey> => shownKey(await revokeKey(ctx, SERVICE, keyId, options))

/** Creates a key that replaces an old one. The old one ends after the overlap. */
export const rotateServiceKey = async (
  ctx: Context,
  asked: z.output<typeof apiKeyRotateSchema> & { readonly keyId: string },
  options: CallOptions = {},
): Promise<ServiceKeyRotated> => {
  const made = await rotateKey(ctx, SERVICE, asked, options)
  const { replaces, replacedUntil } = made
  return { ...shownNewKey(made), replaces, replacedUntil }
}

/** Creates an administrator's key for an administrator. The key is shown only this once. */
export const createAnotherAdminKey = async (
  ctx: Context,
  wanted: z.output<typeof adminKeyCreateSchema>,
  options: CallOptions = {},
): Promise<AdminKeyCreated> => {
  const { scopes: _, ...shown } = shownNewKey(
    await createKey(ctx, ADMIN, { ...wanted, scopes: [] }, options),
  )
  return shown
}

/** Creates an administrator's key from the process itself. The key is shown only this once. */
export const createAdminKey = async (
  ctx: Context,
  input: ApiKeyCreateInput,
  options: CallOptions = {},
): Promise<ApiKeyCreated> => {
  const { scopes, ...wanted } = parse(apiKeyCreateSchema, input)
  if (scopes) {
    const message = "an administrator's key has none: it may do everything"
    throw invalid({ field: 'scopes', message })
  }
  const made = await createKey(ctx, ADMIN, { ...wanted, scopes: [] }, options)
  return { ...shownNewKey(made), organizationId: null, scopes: [] }
}

/** The key from the door's configuration comes first, if there is one; then the newest first. */
export const listAdminKeys = async (
  ctx: Context,
  { cursor, limit = DEFAULT_PAGE_SIZE }: PageAsked,
  { hasConfiguredKey }: Acting = {},
): Promise<Page<AdminKey>> => {
  const isAfterConfigured = cursor === CONFIGURED_KEY_ID
  const before = isAfterConfigured ? undefined : keyCursor(cursor)
  const rows = await listApiKeys(ctx.db, ADMIN, { before, limit: limit + 1 })
  const isFirst = cursor === undefined && hasConfiguredKey === true
  const keys = [...(isFirst ? [CONFIGURED] : []), ...rows.map(adminKeyOf)]
  return pageFrom(
    keys,
    limit,
    (key) => key,
    ({ id }) => id,
  )
}

/**
 * Revokes a key, in every process within a second. A key cannot revoke itself. A key that was
 * revoked meanwhile cannot revoke another, so two keys that revoke each other do not both end.
 */
export const revokeAdminKey = async (
  ctx: Context,
  { keyId }: { readonly keyId: string },
  options: CallOptions = {},
): Promise<AdminKey> => {
  if (keyId === CONFIGURED_KEY_ID) {
    throw unusableKey('is set where the server runs: change its configuration, and start it again')
  }
  const asking = /^key:(.+)$/.exec(options.actor ?? '')?.[1]
  if (asking === keyId) {
    throw unusableKey('is the key that asks: revoke it with another one, or on the database itself')
  }
  const row = await revokeKey(ctx, ADMIN, keyId, options, async (tx) => {
    if (asking !== undefined) await lockBoth(tx, asking, keyId)
  })
  return adminKeyOf(row)
}

/** Locks both keys in the order of their ids, so that two such requests wait in turn. */
const lockBoth = async (tx: Queryable, asking: string, keyId: string): Promise<void> => {
  for (const id of [asking, keyId].filter(isUuid).sort()) {
    const row = await lockApiKey(tx, ADMIN, id)
    if (id === asking && row && row.revoked_at !== null) throw new TollgateError('unauthenticated')
  }
}

const CONFIGURED: AdminKey = {
  id: CONFIGURED_KEY_ID,
  origin: 'configuration',
  name: 'the configured admin key',
  prefix: null,
  createdAt: null,
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
}

const adminKeyOf = (row: ApiKeyRow): AdminKey => {
  const { scopes: _scopes, replacedBy: _replacedBy, ...shown } = shownKey(row)
  return { ...shown, origin: 'database' }
}
