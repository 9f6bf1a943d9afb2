import type { Context } from './context.ts'

/** Binds a function over a context to the engine's own context. */
export type OpenVerb = <Args extends unknown[], Result>(
  verb: (ctx: Context, ...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>
