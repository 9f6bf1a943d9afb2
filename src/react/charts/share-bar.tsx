import { hueClass, type Series } from './series.ts'

interface ShareBarProps {
  readonly parts: readonly { readonly series: Series; readonly value: number }[]
  readonly label: string
}

/** The parts of a total as one bar. */
export const ShareBar = ({ parts, label }: ShareBarProps) => {
  const all = parts.reduce((sum, { value }) => sum + value, 0)
  const starts = parts.map((_, index) =>
    parts.slice(0, index).reduce((sum, { value }) => sum + value, 0),
  )
  if (all <= 0) return null
  return (
    <svg className="tg-share" width="100%" height="10" role="img" aria-label={label}>
      {parts.map(({ series, value }, index) => (
        <rect
          key={series.key}
          x={`${((starts[index] ?? 0) / all) * 100}%`}
          width={`${(value / all) * 100}%`}
          height="10"
          className={hueClass(series.hue)}
        />
      ))}
    </svg>
  )
}
