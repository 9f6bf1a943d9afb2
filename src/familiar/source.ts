/**
 * A value, a promise of it, or a function that returns it, such as `shared(…)` of `tollgate/next`.
 */
export type Source<Value> = Value | Promise<Value> | (() => Value | Promise<Value>)

export const opened = async <Value>(source: Source<Value>): Promise<Value> =>
  typeof source === 'function' ? (source as () => Value | Promise<Value>)() : source
