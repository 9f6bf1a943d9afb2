/**
 * True when a plan includes a feature. It does if the value is `true`, a number other than 0, a
 * text that is not empty, or metered. A feature that the plan does not mention is not included.
 */
export const includesFeature = (features: unknown, key: string): boolean => {
  if (typeof features !== 'object' || features === null || !Object.hasOwn(features, key)) {
    return false
  }
  const value = (features as Readonly<Record<string, unknown>>)[key]
  if (typeof value === 'object') return value !== null && 'metered' in value
  return Boolean(value)
}
