/** Random numbers from a text: the same text gives the same numbers, everywhere. */
export interface SeededRandom {
  /** From 0 to below 1. */
  next(): number
  /** From `low` to below `high`. */
  between(low: number, high: number): number
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number
  chance(probability: number): boolean
  /** Around `median`, skewed like durations and lengths; `spread` 0.5 is usual. */
  skewed(median: number, spread: number): number
  /** Picks one of the items, with the probability of its weight. */
  pick<Item>(items: readonly Item[], weightOf: (item: Item, index: number) => number): Item
}

export const seededRandom = (text: string): SeededRandom => {
  let state = hashOf(text)
  // Mulberry32: 32 bits of state, without a pattern that a chart would show.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (low: number, high: number): number => low + next() * (high - low)
  const gaussian = (): number =>
    Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    next,
    between,
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    skewed: (median, spread) => median * Math.exp(gaussian() * spread),
    pick: (items, weightOf) => {
      const weights = items.map(weightOf)
      let left = next() * weights.reduce((sum, weight) => sum + weight, 0)
      const index = weights.findIndex((weight) => {
        left -= weight
        return left < 0
      })
      return items[index < 0 ? items.length - 1 : index] as (typeof items)[number]
    },
  }
}

/** FNV-1a. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash
}
