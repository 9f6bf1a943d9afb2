import type { Context } from './context.ts'

/** Makes a verb of the engine's of what works on its context. */
export type OpenVerb = <Args extends unknown[], Result>(
  verb: (ctx: Context, ...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>
