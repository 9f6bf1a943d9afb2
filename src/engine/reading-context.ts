import type { Database } from '../storage/database.ts'
import type { Context } from './context.ts'

/**
 * The context for reads. Its queries use separate connections, so reports never use up those that
 * decisions need. It is the same context if the store has only one connection, or within a caller's
 * transaction.
 */
export const readingOf = (ctx: Context): Context =>
  ctx.db.reads ? contextOver(ctx, ctx.db.reads) : ctx

/** The same context over other connections. */
export const contextOver = (
  ctx: Context,
  connections: Pick<Database, 'query' | 'transaction'>,
): Context =>
  // Copies the getters as they are, since their values are made later.
  Object.defineProperties({} as Context, {
    ...(Object.getOwnPropertyDescriptors(ctx) as PropertyDescriptorMap),
    db: { value: { ...ctx.db, ...connections }, enumerable: true },
  })
