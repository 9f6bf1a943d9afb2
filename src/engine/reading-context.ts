import type { Context } from './context.ts'

/**
 * The context of what only reads: its questions go by connections of their own, so that no number of
 * reports takes those that decisions need. The same one where the store has but one connection, and
 * inside of a transaction of a caller's.
 */
export const readingOf = (ctx: Context): Context => {
  const { reads } = ctx.db
  if (!reads) return ctx
  // With its getters as they are: what they give is made later.
  return Object.defineProperties({} as Context, {
    ...(Object.getOwnPropertyDescriptors(ctx) as PropertyDescriptorMap),
    db: { value: { ...ctx.db, ...reads }, enumerable: true },
  })
}
