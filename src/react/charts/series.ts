/** What a chart of buckets draws. It is prepared by whoever knows the data; charts only draw. */

export interface Series {
  readonly key: string
  readonly name: string
  /** 1 to 8 are the hues of series; 0 is for "others"; `bad` is for errors and refusals. */
  readonly hue: number | 'bad'
}

export interface Bucket {
  readonly key: string
  /** On the axis. */
  readonly label: string
  /** In the tooltip and the table, with the year. */
  readonly longLabel: string
  /** `false`: it is still going on. */
  readonly complete: boolean
  /** By the keys of the series; `null` is not known. */
  readonly values: Readonly<Record<string, number | null>>
}

export interface ChartData {
  readonly series: readonly Series[]
  readonly buckets: readonly Bucket[]
  /** In one word or two, such as `calls`. */
  readonly unit: string
  /** Counts have whole ticks only. */
  readonly isCount: boolean
  /** For the axis. */
  readonly short: (value: number) => string
  /** For the tooltip and the table. */
  readonly full: (value: number) => string
}

export const hueClass = (hue: Series['hue']): string => `tg-hue-${hue}`

const HUES = 8

/**
 * Binds hues to keys by their order in a list that does not change with filters, so that a key has
 * the same colour on every chart. Past eight the hues begin again.
 */
export const huesOf = (keys: readonly string[]): ReadonlyMap<string, number> =>
  new Map([...keys].sort().map((key, index) => [key, (index % HUES) + 1]))

/**
 * Hues of keys of which no whole list is known, such as users. A key has the hue of its own letters;
 * where two would share one, the later in the alphabet takes the next that is free.
 */
export const huesByName = (keys: readonly string[]): ReadonlyMap<string, number> => {
  const hues = new Map<string, number>()
  for (const key of [...keys].sort()) {
    const taken = new Set(hues.values())
    const own = [...key].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) >>> 0, 7)
    const inTurn = Array.from({ length: HUES }, (_, n) => ((own + n) % HUES) + 1)
    hues.set(key, inTurn.find((hue) => !taken.has(hue)) ?? (own % HUES) + 1)
  }
  return hues
}

/** All values of a bucket, one on the other; what is not known adds nothing. */
export const totalOf = (bucket: Bucket): number =>
  Object.values(bucket.values).reduce<number>((sum, value) => sum + (value ?? 0), 0)

/** The drawn data as comma-separated values, as the table shows them. */
export const csvOf = ({ series, buckets }: ChartData): string => {
  const quoted = (text: string): string => `"${text.replace(/"/g, '""')}"`
  const rows = buckets.map((bucket) =>
    [bucket.key, ...series.map(({ key }) => String(bucket.values[key] ?? ''))].map(quoted).join(),
  )
  return [['bucket', ...series.map(({ name }) => name)].map(quoted).join(), ...rows].join('\n')
}
