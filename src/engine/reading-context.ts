import type { Context } from './context.ts'

/**
 * The context for reads. Its queries use separate connections, so reports never use up those that
 * decisions need. It is the same context if the store has only one connection, or within a caller's
 * transaction.
 */
export const readingOf = (ctx: Context): Context => {
  const { reads } = ctx.db
  if (!reads) return ctx
  // Copies the getters as they are, since their values are made later.
  return Object.defineProperties({} as Context, {
    ...(Object.getOwnPropertyDescriptors(ctx) as PropertyDescriptorMap),
    db: { value: { ...ctx.db, ...reads }, enumerable: true },
  })
}
