export const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0)

/** The median, which up to half of the values cannot move far; NaN for an empty list. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const below = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  const above = sorted[Math.ceil((sorted.length - 1) / 2)] ?? Number.NaN
  return (below + above) / 2
}

/** The smallest value at or below which the given share (0 to 1) of the weight lies. */
export const weightedQuantile = (
  items: readonly { readonly value: number; readonly weight: number }[],
  share: number,
): number => {
  const wanted = share * sum(items.map(({ weight }) => weight))
  const sorted = [...items].sort((a, b) => a.value - b.value)
  let passed = 0
  for (const { value, weight } of sorted) {
    passed += weight
    if (passed >= wanted) return value
  }
  return sorted.at(-1)?.value ?? Number.NaN
}
