/** One difference between two documents. */
export interface DocumentChange {
  readonly path: string
  readonly change: 'added' | 'removed' | 'changed'
  readonly before?: unknown
  readonly after?: unknown
}

/**
 * Lists the differences between two JSON documents. List elements are matched by `key` (event
 * types, plans, meters), or by meter, window and subject (limits), and not by position.
 */
export const diffDocuments = (before: unknown, after: unknown, path = ''): DocumentChange[] => {
  const old = partsOf(before)
  const young = partsOf(after)
  if (!old || !young) {
    if (JSON.stringify(before) === JSON.stringify(after)) return []
    if (before === undefined) return [{ path, change: 'added', after }]
    if (after === undefined) return [{ path, change: 'removed', before }]
    return [{ path, change: 'changed', before, after }]
  }
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((name) =>
    diffDocuments(old.get(name), young.get(name), path === '' ? name : `${path}.${name}`),
  )
}

/** The named parts of an object or list; undefined for a single value. */
const partsOf = (value: unknown): Map<string, unknown> | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value)) return new Map(Object.entries(value))
  const named = value.map((item, index) => [nameOf(item, index), item] as const)
  return new Map(named)
}

const nameOf = (item: unknown, index: number): string => {
  if (typeof item !== 'object' || item === null) return JSON.stringify(item)
  if ('key' in item && typeof item.key === 'string') return item.key
  if ('meter' in item && 'window' in item) {
    const per = 'per' in item && item.per !== 'organization' ? `/${item.per}` : ''
    return `${item.meter}/${item.window}${per}`
  }
  if ('provider' in item && 'model' in item) return `${item.provider}/${item.model}`
  return String(index)
}
