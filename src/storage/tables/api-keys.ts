import type { Right } from '../../core/rights.ts'
import type { Queryable } from '../database.ts'

/** The owner of a key: an organization, a backend service of the platform, or the administrator. */
export type KeyKind = 'organization' | 'service' | 'admin'

/** Selects the keys of one organization, or the platform's keys of one kind. */
export type KeyHolder =
  | { readonly kind: 'organization'; readonly organizationId: string }
  | { readonly kind: 'service' | 'admin'; readonly organizationId: null }

/** All of a key except its hash. */
export interface ApiKeyRow {
  readonly id: string
  readonly kind: KeyKind
  /** Null: a key of the platform. */
  readonly organization_id: string | null
  readonly name: string
  readonly prefix: string
  readonly scopes: readonly Right[]
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
  readonly last_used_at: Date | null
  readonly replaced_by: string | null
}

const COLUMNS = `id, kind, organization_id, name, prefix, scopes, created_at, expires_at, revoked_at,
  last_used_at, replaced_by`

export const insertApiKey = async (
  tx: Queryable,
  row: KeyHolder & {
    id: string
    name: string
    prefix: string
    hash: Uint8Array
    scopes: readonly Right[]
    expiresAt: Date | null
    at: Date
  },
): Promise<void> => {
  await tx.query(
    `insert into tollgate.api_keys
       (id, kind, organization_id, name, prefix, hash, scopes, expires_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[row.id, row.kind, row.organizationId, row.name, row.prefix, row.hash],
      ...[row.scopes, row.expiresAt, row.at],
    ],
  )
}

/** The fields of a key that decide whether it gives access, and to what. */
export type KeyOfDoor = Pick<
  ApiKeyRow,
  'id' | 'kind' | 'organization_id' | 'scopes' | 'expires_at' | 'revoked_at'
> & { readonly organization_status: 'active' | 'closed' | null }

/** Finds a key by its digest only. The text that a caller sends never reaches the database. */
export const findKeyOfDoor = async (
  db: Queryable,
  hash: Uint8Array,
): Promise<KeyOfDoor | undefined> => {
  const rows = await db.query<KeyOfDoor>(
    `select k.id, k.kind, k.organization_id, k.scopes, k.expires_at, k.revoked_at,
            o.status as organization_status
     from tollgate.api_keys k left join tollgate.organizations o on o.id = k.organization_id
     where k.hash = $1`,
    [hash],
  )
  return rows[0]
}

/** Finds a key of that holder only, and locks it until the transaction ends. */
export const lockApiKey = async (
  tx: Queryable,
  holder: KeyHolder,
  id: string,
): Promise<ApiKeyRow | undefined> => {
  const rows = await tx.query<ApiKeyRow>(
    `select ${COLUMNS} from tollgate.api_keys
     where id = $2 and ${isOf(holder)} for no key update`,
    [holder.organizationId ?? holder.kind, id],
  )
  return rows[0]
}

/** Parameter 1 is the organization, or the kind of platform key. */
const isOf = ({ kind }: KeyHolder): string =>
  kind === 'organization' ? 'organization_id = $1' : '(organization_id is null and kind = $1)'

/** A page of keys, the newest first, that were created before a given one. */
export const listApiKeys = (
  db: Queryable,
  holder: KeyHolder,
  page: { before: string | undefined; limit: number },
): Promise<ApiKeyRow[]> =>
  db.query(
    `select ${COLUMNS} from tollgate.api_keys
     where ${isOf(holder)} and ($2::uuid is null or (created_at, id) < (
       select created_at, id from tollgate.api_keys where ${isOf(holder)} and id = $2))
     order by created_at desc, id desc limit $3`,
    [holder.organizationId ?? holder.kind, page.before ?? null, page.limit],
  )

/** Revokes a key, or lets it expire at an instant that is no later than its own expiry. */
export const endApiKey = async (
  tx: Queryable,
  id: string,
  end: { readonly revokedAt: Date } | { readonly expiresAt: Date; readonly replacedBy: string },
): Promise<void> => {
  if ('revokedAt' in end) {
    // Without its hash, the lookup of a revoked key takes the same time as that of an unknown one.
    await tx.query('update tollgate.api_keys set revoked_at = $2, hash = null where id = $1', [
      id,
      end.revokedAt,
    ])
  } else {
    await tx.query(
      `update tollgate.api_keys
       set expires_at = least(expires_at, $2::timestamptz), replaced_by = $3 where id = $1`,
      [id, end.expiresAt, end.replacedBy],
    )
  }
}

/**
 * Stores the last use of many keys in one statement. It skips a key whose stored use is less than a
 * minute older, perhaps from another process.
 */
export const writeKeyUses = async (
  db: Queryable,
  uses: readonly { readonly id: string; readonly at: Date }[],
): Promise<void> => {
  await db.query(
    `update tollgate.api_keys k set last_used_at = u.at
     from unnest($1::uuid[], $2::timestamptz[]) u (id, at)
     where k.id = u.id
       and (k.last_used_at is null or k.last_used_at <= u.at - interval '1 minute')`,
    [uses.map(({ id }) => id), uses.map(({ at }) => at.toISOString())],
  )
}
