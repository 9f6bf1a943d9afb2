/** What a class of samples comes to. */
export interface Samples {
  readonly count: number
  readonly meanNs: number
  readonly varianceNs: number
}

/** The slowest are what the machine did meanwhile, and hide the rest. */
const KEPT_SHARE = 0.9

/**
 * Times a call for inputs of several classes, in a random order so that whatever else happens
 * meanwhile happens to all of them alike. All inputs are made before, and laid out alike in memory:
 * making one just before its time runs would be part of what is measured.
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
  // One threshold for all: cutting each class at its own would cut the difference off.
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

/** Welch's t of two classes: how far apart their means are, in units of what chance makes. */
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
