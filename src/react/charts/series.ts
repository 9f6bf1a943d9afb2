/** The data of a bucket chart. The caller prepares it; charts only draw it. */

export interface Series {
  readonly key: string
  readonly name: string
  /** 1 to 8 are the hues of series, 0 is for "others", `bad` for errors and refusals. */
  readonly hue: number | 'bad'
}

export interface Bucket {
  readonly key: string
  /** The axis label. */
  readonly label: string
  /** The label in the tooltip and the table, with the year. */
  readonly longLabel: string
  /** `false` while the bucket is still running. */
  readonly complete: boolean
  /** Values by series key; `null` if unknown. */
  readonly values: Readonly<Record<string, number | null>>
}

export interface ChartData {
  readonly series: readonly Series[]
  readonly buckets: readonly Bucket[]
  /** One or two words, such as `calls`. */
  readonly unit: string
  /** Counts get integer ticks only. */
  readonly isCount: boolean
  /** Formats a value for the axis. */
  readonly short: (value: number) => string
  /** Formats a value for the tooltip and the table. */
  readonly full: (value: number) => string
}

export const hueClass = (hue: Series['hue']): string => `tg-hue-${hue}`

const HUES = 8

/**
 * Assigns hues by the sorted order of a fixed list, so a key keeps its colour on every chart. After
 * eight keys the hues repeat.
 */
export const huesOf = (keys: readonly string[]): ReadonlyMap<string, number> =>
  new Map([...keys].sort().map((key, index) => [key, (index % HUES) + 1]))

/**
 * Assigns hues to keys without a complete list, such as users, by a hash of the key. On a collision
 * the later key alphabetically takes the next free hue.
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

/** The sum of a bucket's values; unknown values count as zero. */
export const totalOf = (bucket: Bucket): number =>
  Object.values(bucket.values).reduce<number>((sum, value) => sum + (value ?? 0), 0)

/** The chart's data as comma-separated values, with the same texts as its table. */
export const csvOf = ({ series, buckets }: ChartData): string => {
  const quoted = (text: string): string => `"${text.replace(/"/g, '""')}"`
  const rows = buckets.map((bucket) =>
    [bucket.key, ...series.map(({ key }) => String(bucket.values[key] ?? ''))].map(quoted).join(),
  )
  return [['bucket', ...series.map(({ name }) => name)].map(quoted).join(), ...rows].join('\n')
}
