/**
 * Whether a plan's features include one: yes, a number that is not 0, a text that is not empty, or
 * as much of it as the limits of a meter allow. What a plan does not mention, it does not include.
 */
export const includesFeature = (features: unknown, key: string): boolean => {
  if (typeof features !== 'object' || features === null || !Object.hasOwn(features, key)) {
    return false
  }
  const value = (features as Readonly<Record<string, unknown>>)[key]
  if (typeof value === 'object') return value !== null && 'metered' in value
  return Boolean(value)
}
