/** Serializes JSON with sorted keys, so that equal content gives equal text. */
export const canonical = (value: unknown): string =>
  isSorted(value) ? JSON.stringify(value) : JSON.stringify(value, withSortedKeys)

const withSortedKeys = (_key: string, inner: unknown): unknown =>
  typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
    : inner

/** A flat object with sorted keys, such as most quantities: a function per value costs 1 µs. */
const isSorted = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  let last = ''
  for (const key of Object.keys(value)) {
    if (key < last || typeof (value as Readonly<Record<string, unknown>>)[key] === 'object') {
      return false
    }
    last = key
  }
  return true
}
