import type { Queryable } from '../database.ts'

export interface ApiKeyRow {
  readonly id: string
  readonly organization_id: string | null
  readonly name: string
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
}

export const insertApiKey = async (
  tx: Queryable,
  row: {
    id: string
    organizationId: string | null
    name: string
    prefix: string
    hash: Uint8Array
    expiresAt: Date | null
    at: Date
  },
): Promise<void> => {
  await tx.query(
    `insert into tollgate.api_keys
       (id, organization_id, name, prefix, hash, expires_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [row.id, row.organizationId, row.name, row.prefix, row.hash, row.expiresAt, row.at],
  )
}

/** Found by digest only: what a caller sends never reaches the database as it is. */
export const findApiKey = async (
  db: Queryable,
  hash: Uint8Array,
): Promise<ApiKeyRow | undefined> => {
  const rows = await db.query<ApiKeyRow>(
    `select id, organization_id, name, expires_at, revoked_at
     from tollgate.api_keys where hash = $1`,
    [hash],
  )
  return rows[0]
}
