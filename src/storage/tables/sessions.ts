import type { Queryable } from '../database.ts'

export interface SessionRow {
  readonly id: string
  readonly actor: string
  readonly user_id: string | null
  readonly is_admin_by_claim: boolean
  readonly api_key_id: string | null
  readonly created_at: Date
  readonly expires_at: Date
}

export const insertSession = async (tx: Queryable, row: SessionRow): Promise<void> => {
  await tx.query(
    `insert into tollgate.sessions
       (id, actor, user_id, is_admin_by_claim, api_key_id, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      ...[row.id, row.actor, row.user_id, row.is_admin_by_claim, row.api_key_id],
      ...[row.created_at, row.expires_at],
    ],
  )
}

/** Undefined if the session has ended, or the key that opened it has. */
export const findSession = async (
  db: Queryable,
  id: string,
  at: Date,
): Promise<SessionRow | undefined> => {
  const rows = await db.query<SessionRow>(
    `select s.* from tollgate.sessions s left join tollgate.api_keys k on k.id = s.api_key_id
     where s.id = $1 and s.expires_at > $2 and k.revoked_at is null
       and (k.expires_at is null or k.expires_at > $2)`,
    [id, at],
  )
  return rows[0]
}

export const deleteSession = async (tx: Queryable, id: string): Promise<void> => {
  await tx.query('delete from tollgate.sessions where id = $1', [id])
}

export const deleteSessionsOf = async (tx: Queryable, actor: string): Promise<void> => {
  await tx.query('delete from tollgate.sessions where actor = $1', [actor])
}

/** Deletes expired sessions, so that the table holds only people who are signed in. */
export const deleteSessionsBefore = async (tx: Queryable, at: Date): Promise<void> => {
  await tx.query('delete from tollgate.sessions where expires_at <= $1', [at])
}
