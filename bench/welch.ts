/** A class's statistics. */
export interface Samples {
  readonly count: number
  readonly meanNs: number
  readonly varianceNs: number
}

/** The slowest samples show other load on the machine, and hide the rest. */
const KEPT_SHARE = 0.9

/**
 * Times a call for inputs of several classes, in random order, so that other load affects all of
 * them equally. All inputs are created in advance with the same memory layout, because creating one
 * before its call would be part of the time.
 */
export const sampled = async (
  classes: Readonly<Record<string, readonly string[]>>,
  call: (input: string) => Promise<unknown>,
): Promise<Record<string, Samples>> => {
  const names = Object.keys(classes)
  const order = shuffled(
    Object.entries(classes).flatMap(([name, inputs]) =>
      inputs.map((input) => ({ name, input: Buffer.from(input).toString('latin1') })),
    ),
  )
  const timesNs: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (const { name, input } of order) {
    const startedNs = process.hrtime.bigint()
    await call(input)
    timesNs[name]?.push(Number(process.hrtime.bigint() - startedNs))
  }
  // One threshold for all classes, because a separate one per class would remove the difference.
  const sorted = Object.values(timesNs)
    .flat()
    .sort((a, b) => a - b)
  const cutNs = sorted[Math.floor(sorted.length * KEPT_SHARE)] ?? Number.POSITIVE_INFINITY
  return Object.fromEntries(
    Object.entries(timesNs).map(([name, times]) => [
      name,
      samplesOf(times.filter((time) => time <= cutNs)),
    ]),
  )
}

/** Welch's t of two classes: the distance between their means, in units of its standard error. */
export const welchT = (one: Samples, other: Samples): number =>
  one === other
    ? 0
    : (one.meanNs - other.meanNs) /
      Math.sqrt(one.varianceNs / one.count + other.varianceNs / other.count)

const samplesOf = (times: readonly number[]): Samples => {
  const count = times.length
  const meanNs = times.reduce((sum, time) => sum + time, 0) / count
  const squares = times.reduce((sum, time) => sum + (time - meanNs) ** 2, 0)
  return { count, meanNs, varianceNs: squares / (count - 1) }
}

const shuffled = <Item>(items: Item[]): Item[] => {
  for (let index = items.length - 1; index > 0; index -= 1) {
    const other = Math.floor(Math.random() * (index + 1))
    ;[items[index], items[other]] = [items[other] as Item, items[index] as Item]
  }
  return items
}
