import type { NewSession, Session } from '../../contract/authentication.ts'
import {
  deleteSession,
  deleteSessionsBefore,
  deleteSessionsOf,
  findSession,
  insertSession,
  type SessionRow,
} from '../../storage/tables/sessions.ts'
import type { Context } from '../context.ts'

/** Stores a new session, and deletes expired ones. */
export const openSession = async (ctx: Context, session: NewSession): Promise<Session> => {
  const row: SessionRow = {
    id: ctx.ids(),
    actor: session.actor,
    user_id: session.userId ?? null,
    is_admin_by_claim: session.isAdminByClaim ?? false,
    api_key_id: session.apiKeyId ?? null,
    created_at: ctx.clock.now(),
    expires_at: session.expiresAt,
  }
  await ctx.db.transaction(async (tx) => {
    await deleteSessionsBefore(tx, row.created_at)
    await insertSession(tx, row)
  })
  return sessionOf(row)
}

/** Reads the database each time, so that an ended session is over everywhere at once. */
export const getSession = async (ctx: Context, id: string): Promise<Session | undefined> => {
  const row = await findSession(ctx.db, id, ctx.clock.now())
  return row && sessionOf(row)
}

export const endSession = (ctx: Context, id: string): Promise<void> => deleteSession(ctx.db, id)

/** Ends all sessions of one actor, wherever they signed in. */
export const endSessionsOf = (ctx: Context, actor: string): Promise<void> =>
  deleteSessionsOf(ctx.db, actor)

const sessionOf = (row: SessionRow): Session => ({
  id: row.id,
  actor: row.actor,
  userId: row.user_id ?? undefined,
  isAdminByClaim: row.is_admin_by_claim,
  apiKeyId: row.api_key_id ?? undefined,
  expiresAt: row.expires_at,
})
