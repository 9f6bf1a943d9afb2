/** Something, now or later, or what gets it: `shared(…)` of `tollgate/next` is one. */
export type Source<Value> = Value | Promise<Value> | (() => Value | Promise<Value>)

export const opened = async <Value>(source: Source<Value>): Promise<Value> =>
  typeof source === 'function' ? (source as () => Value | Promise<Value>)() : source
