import type { Queryable } from '../database.ts'

export interface ServerSecretRow {
  readonly id: string
  readonly secret: Uint8Array
}

/** The secrets that are accepted at a moment, the current one first. */
export const findServerSecrets = (db: Queryable, at: Date): Promise<ServerSecretRow[]> =>
  db.query(
    `select id, secret from tollgate.server_secrets
     where accepted_until is null or accepted_until > $1
     order by accepted_until desc nulls first`,
    [at],
  )

/** Does nothing if there is a current secret: the first process to insert decides. */
export const insertServerSecret = async (
  tx: Queryable,
  row: { id: string; secret: Uint8Array; at: Date },
): Promise<void> => {
  await tx.query(
    `insert into tollgate.server_secrets (id, secret, created_at) values ($1, $2, $3)
     on conflict do nothing`,
    [row.id, row.secret, row.at],
  )
}

/** Retires the current secret, and deletes those that are no longer accepted. */
export const retireServerSecrets = async (
  tx: Queryable,
  acceptedUntil: Date,
  at: Date,
): Promise<void> => {
  await tx.query(
    `update tollgate.server_secrets set accepted_until = least(accepted_until, $1)
     where accepted_until is null or accepted_until > $1`,
    [acceptedUntil],
  )
  await tx.query('delete from tollgate.server_secrets where accepted_until <= $1', [at])
}

/** True if it is the current secret. It then stays so until the transaction ends. */
export const isServerSecretInForce = async (tx: Queryable, id: string): Promise<boolean> => {
  const rows = await tx.query(
    `select 1 from tollgate.server_secrets where id = $1 and accepted_until is null for share`,
    [id],
  )
  return rows.length > 0
}
