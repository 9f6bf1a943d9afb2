import type { z } from 'zod'
import {
  type ApiKey,
  type ApiKeyCreated,
  type ApiKeyCreateInput,
  type ApiKeyRotated,
  apiKeyCreateSchema,
  type apiKeyRotateSchema,
  DEFAULT_OVERLAP_SECONDS,
} from '../../contract/api-keys.ts'
import type { CallOptions, Owned } from '../../contract/call.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import {
  DEFAULT_PAGE_SIZE,
  type Page,
  pageFrom,
  type pageRequestSchema,
} from '../../contract/page.ts'
import { parse } from '../../contract/parse.ts'
import { isUuid } from '../../contract/text.ts'
import { DEFAULT_SCOPES, type Right } from '../../core/rights.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type ApiKeyRow,
  endApiKey,
  insertApiKey,
  listApiKeys as listRows,
  lockApiKey,
} from '../../storage/tables/api-keys.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { newKey } from './key-ring.ts'
import { existing, lockedOrganization } from './organizations.ts'

type WantedKey = z.output<typeof apiKeyCreateSchema>

/** A key for an organization. Shown this once. */
export const createApiKey = (
  ctx: Context,
  { organizationId, ...wanted }: Owned<WantedKey>,
  options: CallOptions = {},
): Promise<ApiKeyCreated> => createKey(ctx, organizationId, wanted, options)

/** A key for the platform's administrator, from the process itself. Shown this once. */
export const createAdminKey = async (
  ctx: Context,
  input: ApiKeyCreateInput,
  options: CallOptions = {},
): Promise<ApiKeyCreated> => createKey(ctx, null, parse(apiKeyCreateSchema, input), options)

const createKey = async (
  ctx: Context,
  organizationId: string | null,
  { name, scopes, ...wanted }: WantedKey,
  options: CallOptions,
): Promise<ApiKeyCreated> => {
  const expiresAt = wanted.expiresAt ?? null
  const at = ctx.clock.now()
  if (expiresAt && expiresAt <= at) {
    throw invalid({ field: 'expiresAt', message: 'must be in the future' })
  }
  if (organizationId === null && scopes) {
    const message = "an administrator's key has none: it may do everything"
    throw invalid({ field: 'scopes', message })
  }
  const made = makeKey(ctx, {
    ...{ organizationId, name, expiresAt, at },
    scopes: scopes ?? (organizationId === null ? [] : DEFAULT_SCOPES),
  })
  await ctx.db.transaction(async (tx) => {
    if (organizationId !== null) await lockedOrganization(tx, organizationId)
    await insertApiKey(tx, made.row)
    await written(tx, ctx, options, 'key.created', { subject: made.row, new: saidOf(made.created) })
  })
  ctx.keys.forgetAll()
  return made.created
}

/** The newest first, those that have ended among them. */
export const listApiKeys = async (
  ctx: Context,
  { organizationId, cursor, limit = DEFAULT_PAGE_SIZE }: Owned<z.output<typeof pageRequestSchema>>,
): Promise<Page<ApiKey>> => {
  if (cursor !== undefined && !isUuid(cursor)) {
    throw invalid({ field: 'cursor', message: 'is not one of this list' })
  }
  await existing(ctx, organizationId)
  const rows = await asOrganization(ctx.db, organizationId, (tx) =>
    listRows(tx, organizationId, { before: cursor, limit: limit + 1 }),
  )
  return pageFrom(rows, limit, apiKeyOf, (row) => row.id)
}

/** Ends a key now, in every process within a second. Revoking it again changes nothing. */
export const revokeApiKey = async (
  ctx: Context,
  { organizationId, keyId }: { readonly organizationId: string; readonly keyId: string },
  options: CallOptions = {},
): Promise<ApiKey> => {
  const revokedAt = ctx.clock.now()
  const revoked = await ctx.db.transaction(async (tx) => {
    const row = await keyToChange(tx, organizationId, keyId, { alsoClosed: true })
    if (row.revoked_at !== null) return row
    await endApiKey(tx, keyId, { revokedAt })
    const now = { ...row, revoked_at: revokedAt }
    await written(tx, ctx, options, 'key.revoked', { subject: row, ...endings(row, now) })
    return now
  })
  ctx.keys.forgetAll()
  return apiKeyOf(revoked)
}

/**
 * A new key with the name, the scopes and the length of life of an old one, which ends after the
 * overlap. A key that has ended, or was rotated before, is not rotated.
 */
export const rotateApiKey = async (
  ctx: Context,
  {
    organizationId,
    keyId,
    overlapSeconds = DEFAULT_OVERLAP_SECONDS,
  }: Owned<z.output<typeof apiKeyRotateSchema>> & { readonly keyId: string },
  options: CallOptions = {},
): Promise<ApiKeyRotated> => {
  const at = ctx.clock.now()
  const rotated = await ctx.db.transaction(async (tx) => {
    const old = await keyToChange(tx, organizationId, keyId)
    requireRotatable(old, at)
    const lifeMs = old.expires_at && old.expires_at.getTime() - old.created_at.getTime()
    const made = makeKey(ctx, {
      ...{ organizationId, name: old.name, scopes: old.scopes, at },
      expiresAt: lifeMs === null ? null : new Date(at.getTime() + lifeMs),
    })
    await insertApiKey(tx, made.row)
    const overlapEnds = new Date(at.getTime() + overlapSeconds * 1_000)
    const end = old.expires_at ?? overlapEnds
    const expiresAt = end < overlapEnds ? end : overlapEnds
    await endApiKey(tx, keyId, { expiresAt, replacedBy: made.row.id })
    const now = { ...old, expires_at: expiresAt, replaced_by: made.row.id }
    await written(tx, ctx, options, 'key.rotated', { subject: old, ...endings(old, now) })
    return { ...made.created, replaces: keyId, replacedUntil: expiresAt.toISOString() }
  })
  ctx.keys.forgetAll()
  return rotated
}

/** Of that organization; nobody else's is ever found. */
const keyToChange = async (
  tx: Queryable,
  organizationId: string,
  keyId: string,
  which: { alsoClosed?: boolean } = {},
): Promise<ApiKeyRow> => {
  await lockedOrganization(tx, organizationId, which)
  const row = isUuid(keyId) ? await lockApiKey(tx, organizationId, keyId) : undefined
  if (!row) throw new TollgateError('not_found', { detail: 'there is no such key' })
  return row
}

const requireRotatable = (key: ApiKeyRow, at: Date): void => {
  const hasEnded = key.revoked_at !== null || (key.expires_at !== null && key.expires_at <= at)
  if (!hasEnded && key.replaced_by === null) return
  const message = hasEnded ? 'has ended: make a new key' : `was rotated to ${key.replaced_by}`
  throw new TollgateError('unprocessable', {
    detail: `keyId: ${message}`,
    faults: [{ field: 'keyId', message }],
  })
}

const makeKey = (
  ctx: Context,
  parts: {
    organizationId: string | null
    name: string
    scopes: readonly Right[]
    expiresAt: Date | null
    at: Date
  },
) => {
  const { key, prefix, hash } = newKey()
  const row = { ...parts, id: ctx.ids(), prefix, hash }
  const created: ApiKeyCreated = {
    ...{ id: row.id, key, name: row.name, prefix, organizationId: row.organizationId },
    scopes: [...row.scopes],
    createdAt: row.at.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
  }
  return { row, created }
}

/** Keeps what was done, and tells every process. */
const written = async (
  tx: Queryable,
  ctx: Context,
  options: CallOptions,
  action: string,
  {
    subject,
    ...states
  }: {
    subject: { id: string; organizationId: string | null } | ApiKeyRow
    old?: unknown
    new: unknown
  },
): Promise<void> => {
  await appendAudit(tx, ctx, {
    organizationId: 'organization_id' in subject ? subject.organization_id : subject.organizationId,
    category: 'keys',
    action,
    ...actorOf(options),
    subject: `key:${subject.id}`,
    ...states,
  })
  await announce(tx, 'key', subject.id)
}

/** Never the key itself, nor its hash. */
const saidOf = ({ key: _key, id: _id, organizationId: _organization, ...said }: ApiKeyCreated) =>
  said

/** When a key ends and what comes after it, before and after a change. */
const endings = (old: ApiKeyRow, now: ApiKeyRow) => {
  const ending = (row: ApiKeyRow) => {
    const { name, expiresAt, revokedAt, replacedBy } = apiKeyOf(row)
    return { name, expiresAt, revokedAt, replacedBy }
  }
  return { old: ending(old), new: ending(now) }
}

const apiKeyOf = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  organizationId: row.organization_id,
  scopes: [...row.scopes],
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  revokedAt: row.revoked_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
  replacedBy: row.replaced_by,
})
