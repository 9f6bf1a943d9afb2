import type { z } from 'zod'
import { type apiKeyRotateSchema, DEFAULT_OVERLAP_SECONDS } from '../../contract/api-keys.ts'
import type { CallOptions } from '../../contract/call.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import { isUuid } from '../../contract/text.ts'
import type { ToldEvent } from '../../core/audit.ts'
import type { Right } from '../../core/rights.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type ApiKeyRow,
  endApiKey,
  insertApiKey,
  type KeyHolder,
  lockApiKey,
} from '../../storage/tables/api-keys.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { newKey } from './key-ring.ts'
import { lockedOrganization } from './organizations.ts'

/** The requested properties of a key. */
interface WantedKey {
  readonly name: string
  readonly scopes: readonly Right[]
  readonly expiresAt?: Date | undefined
}

/** A stored key, and the key itself, which is shown only this once. */
export interface MadeKey {
  readonly key: string
  readonly row: ApiKeyRow
}

/** Creates a key for its holder, with an audit entry. */
export const createKey = async (
  ctx: Context,
  holder: KeyHolder,
  { name, scopes, expiresAt }: WantedKey,
  options: CallOptions,
): Promise<MadeKey> => {
  const at = ctx.clock.now()
  if (expiresAt && expiresAt <= at) {
    throw invalid({ field: 'expiresAt', message: 'must be in the future' })
  }
  const made = await ctx.db.transaction(async (tx) => {
    await lockHolder(tx, holder)
    const one = await insertKey(tx, ctx, holder, { name, scopes, expiresAt: expiresAt ?? null, at })
    const shown = shownKey(one.row)
    const event = told('api_key.created', {
      ...namedKey(one.row),
      scopes: shown.scopes,
      expiresAt: shown.expiresAt,
    })
    const states = { subject: one.row, new: saidOf(one.row), event }
    await written(tx, ctx, options, 'key.created', states)
    return one
  })
  ctx.keys.forgetAll()
  return made
}

/** Revokes a key, in every process within a second. Revoking it again changes nothing. */
export const revokeKey = async (
  ctx: Context,
  holder: KeyHolder,
  keyId: string,
  options: CallOptions,
  before: (tx: Queryable) => Promise<void> = async () => {},
): Promise<ApiKeyRow> => {
  const revokedAt = ctx.clock.now()
  const revoked = await ctx.db.transaction(async (tx) => {
    await lockHolder(tx, holder, { alsoClosed: true })
    await before(tx)
    const row = await keyToChange(tx, holder, keyId)
    if (row.revoked_at !== null) return row
    await endApiKey(tx, keyId, { revokedAt })
    const now = { ...row, revoked_at: revokedAt }
    const event = told('api_key.revoked', namedKey(row))
    await written(tx, ctx, options, 'key.revoked', { subject: row, ...endings(row, now), event })
    return now
  })
  ctx.keys.forgetAll()
  return revoked
}

/**
 * Creates a key with the name, scopes and lifetime of an old one, which ends after the overlap. A
 * key that has ended, or was already rotated, cannot be rotated.
 */
export const rotateKey = async (
  ctx: Context,
  holder: KeyHolder,
  {
    keyId,
    overlapSeconds = DEFAULT_OVERLAP_SECONDS,
  }: z.output<typeof apiKeyRotateSchema> & { readonly keyId: string },
  options: CallOptions,
): Promise<MadeKey & { readonly replaces: string; readonly replacedUntil: string }> => {
  const at = ctx.clock.now()
  const rotated = await ctx.db.transaction(async (tx) => {
    await lockHolder(tx, holder)
    const old = await keyToChange(tx, holder, keyId)
    requireRotatable(old, at)
    const lifeMs = old.expires_at && old.expires_at.getTime() - old.created_at.getTime()
    const made = await insertKey(tx, ctx, holder, {
      name: old.name,
      scopes: old.scopes,
      at,
      expiresAt: lifeMs === null ? null : new Date(at.getTime() + lifeMs),
    })
    const overlapEnds = new Date(at.getTime() + overlapSeconds * 1_000)
    const end = old.expires_at ?? overlapEnds
    const expiresAt = end < overlapEnds ? end : overlapEnds
    await endApiKey(tx, keyId, { expiresAt, replacedBy: made.row.id })
    const now = { ...old, expires_at: expiresAt, replaced_by: made.row.id }
    const replacedUntil = expiresAt.toISOString()
    const event = told('api_key.rotated', {
      ...namedKey(old),
      replacedBy: made.row.id,
      replacedUntil,
    })
    const ends = endings(old, now)
    await written(tx, ctx, options, 'key.rotated', {
      subject: old,
      old: ends.old,
      new: { ...ends.new, replacement: saidOf(made.row) },
      event,
    })
    return { ...made, replaces: keyId, replacedUntil }
  })
  ctx.keys.forgetAll()
  return rotated
}

/** Keys of an organization change under its lock; keys of the platform under their own locks. */
const lockHolder = async (
  tx: Queryable,
  { organizationId }: KeyHolder,
  which: { alsoClosed?: boolean } = {},
): Promise<void> => {
  if (organizationId !== null) await lockedOrganization(tx, organizationId, which)
}

/** Finds a key of that holder only. */
const keyToChange = async (tx: Queryable, holder: KeyHolder, keyId: string): Promise<ApiKeyRow> => {
  const row = isUuid(keyId) ? await lockApiKey(tx, holder, keyId) : undefined
  if (!row) throw new TollgateError('not_found', { detail: 'there is no such key' })
  return row
}

const requireRotatable = (key: ApiKeyRow, at: Date): void => {
  const hasEnded = key.revoked_at !== null || (key.expires_at !== null && key.expires_at <= at)
  if (!hasEnded && key.replaced_by === null) return
  const message = hasEnded ? 'has ended: make a new key' : `was rotated to ${key.replaced_by}`
  throw unusableKey(message)
}

/** The named key exists, but cannot be changed in this way. */
export const unusableKey = (message: string): TollgateError =>
  new TollgateError('unprocessable', {
    detail: `keyId: ${message}`,
    faults: [{ field: 'keyId', message }],
  })

const insertKey = async (
  tx: Queryable,
  ctx: Context,
  holder: KeyHolder,
  parts: {
    readonly name: string
    readonly scopes: readonly Right[]
    readonly expiresAt: Date | null
    readonly at: Date
  },
): Promise<MadeKey> => {
  const { name, scopes, expiresAt, at } = parts
  const { key, prefix, hash } = newKey(holder.kind)
  const id = ctx.ids()
  await insertApiKey(tx, { ...holder, id, name, prefix, hash, scopes, expiresAt, at })
  const { kind, organizationId: organization_id } = holder
  return {
    key,
    row: {
      id,
      kind,
      organization_id,
      name,
      prefix,
      scopes,
      created_at: at,
      expires_at: expiresAt,
      revoked_at: null,
      last_used_at: null,
      replaced_by: null,
    },
  }
}

/** Writes the audit entry and notifies every process. */
const written = async (
  tx: Queryable,
  ctx: Context,
  options: CallOptions,
  action: string,
  {
    subject,
    event,
    ...states
  }: { subject: ApiKeyRow; event: ToldEvent; old?: unknown; new: unknown },
): Promise<void> => {
  await appendAudit(tx, ctx, {
    organizationId: subject.organization_id,
    category: 'keys',
    action,
    ...actorOf(options),
    subject: `key:${subject.id}`,
    ...states,
    told: [event],
  })
  await announce(tx, 'key', subject.id)
}

/** A key as a domain event names it. */
const namedKey = ({ id, name, prefix }: ApiKeyRow) => ({ keyId: id, name, prefix })

/** The public fields of a key: never the key itself, nor its hash. */
export const shownKey = (row: ApiKeyRow) => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  scopes: [...row.scopes],
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
  revokedAt: row.revoked_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
  replacedBy: row.replaced_by,
})

/** The fields of a new key, which has neither ended nor been used. */
export const shownNewKey = ({ key, row }: MadeKey) => {
  const { id, name, prefix, scopes, createdAt, expiresAt } = shownKey(row)
  return { id, key, name, prefix, scopes, createdAt, expiresAt }
}

/** An entry about a key of the platform also names its kind. */
const saidOf = (row: ApiKeyRow) => {
  const { name, prefix, scopes, createdAt, expiresAt } = shownKey(row)
  const kind = row.kind === 'organization' ? {} : { kind: row.kind }
  return { ...kind, name, prefix, scopes, createdAt, expiresAt }
}

/** The end of a key and its successor, before and after a change. */
const endings = (old: ApiKeyRow, now: ApiKeyRow) => {
  const ending = (row: ApiKeyRow) => {
    const { name, expiresAt, revokedAt, replacedBy } = shownKey(row)
    return { name, expiresAt, revokedAt, replacedBy }
  }
  return { old: ending(old), new: ending(now) }
}
