import { useId } from 'react'
import { ChartFrame } from './chart-frame.tsx'
import { amountScale, bandScale, labelEvery, tickText } from './scale.ts'
import { type Bucket, type ChartData, hueClass, totalOf } from './series.ts'
import { Tooltip } from './tooltip.tsx'
import { useReading } from './use-reading.ts'
import { useWidth } from './use-width.ts'

interface BarChartProps {
  readonly data: ChartData
  readonly summary: string
  readonly fileName: string
  readonly height?: number
}

const LEFT = 46
const RIGHT = 8
const TOP = 8
const BOTTOM = 22

/** Amounts by bucket, stacked, from zero. What is not over yet is hatched. */
export const BarChart = ({ data, summary, fileName, height = 220 }: BarChartProps) => {
  const [box, width] = useWidth<HTMLDivElement>()
  const hatch = useId()
  const inner = { width: Math.max(width - LEFT - RIGHT, 40), height: height - TOP - BOTTOM }
  const scale = amountScale(Math.max(0, ...data.buckets.map(totalOf)), {
    height: inner.height,
    isCount: data.isCount,
  })
  const band = bandScale(data.buckets.length, inner.width)
  const every = labelEvery(data.buckets.length, inner.width)
  const last = data.buckets.length - 1
  const reading = useReading(data.buckets.length, band.indexAt, LEFT)
  const read = reading.index === null ? undefined : data.buckets[reading.index]
  const hasUnfinished = data.buckets.some(({ complete }) => !complete)
  return (
    <ChartFrame
      summary={summary}
      data={data}
      fileName={fileName}
      hasLegend={data.series.length > 1}
      legendExtra={hasUnfinished && <li className="tg-legend__note">hatched: so far</li>}
    >
      <div ref={box} className="tg-chart__plot">
        <svg
          width="100%"
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${summary} Read it with the arrow keys.`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a chart is read by the arrow keys
          tabIndex={0}
          {...reading.on}
        >
          <defs>
            <pattern
              id={hatch}
              width="5"
              height="5"
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect width="2.2" height="5" className="tg-hatch" />
            </pattern>
          </defs>
          <g transform={`translate(${LEFT} ${TOP})`}>
            {scale.ticks.map((tick) => (
              <g key={tick}>
                <line
                  x1={0}
                  x2={inner.width}
                  y1={crisp(scale.at(tick))}
                  y2={crisp(scale.at(tick))}
                  className={tick === 0 ? 'tg-axis' : 'tg-grid'}
                />
                <text x={-8} y={scale.at(tick)} dy="0.32em" textAnchor="end" className="tg-tick">
                  {tickText(data.short(tick))}
                </text>
              </g>
            ))}
            {reading.index !== null && (
              <rect
                x={reading.index * band.step}
                width={band.step}
                height={inner.height}
                className="tg-read"
              />
            )}
            {data.buckets.map((bucket, index) => (
              <g key={bucket.key}>
                {stackOf(bucket, data, scale.at).map(({ key, y, size, hue }) => (
                  <rect
                    key={key}
                    x={round(band.at(index))}
                    width={round(band.width)}
                    y={round(y)}
                    height={round(size)}
                    className={hueClass(hue)}
                  />
                ))}
                {!bucket.complete && (
                  <rect
                    x={round(band.at(index))}
                    width={round(band.width)}
                    y={round(scale.at(totalOf(bucket)))}
                    height={round(inner.height - scale.at(totalOf(bucket)))}
                    fill={`url(#${hatch})`}
                  />
                )}
                {(last - index) % every === 0 && (
                  <text
                    x={
                      index === last
                        ? Math.min(band.middle(index), inner.width - 14)
                        : band.middle(index)
                    }
                    y={inner.height + 16}
                    textAnchor="middle"
                    className="tg-tick"
                  >
                    {bucket.label}
                  </text>
                )}
              </g>
            ))}
          </g>
          {read && reading.index !== null && (
            <Tooltip
              x={LEFT + band.middle(reading.index)}
              width={width}
              title={`${read.longLabel}${read.complete ? '' : ', so far'}`}
              rows={[
                ...[...data.series].reverse().map(({ key, name, hue }) => {
                  const value = read.values[key]
                  return {
                    name,
                    mark: hueClass(hue),
                    value: value === null || value === undefined ? '—' : data.full(value),
                  }
                }),
                ...(data.series.length > 1
                  ? [{ name: `all ${data.unit}`, value: data.full(totalOf(read)) }]
                  : []),
              ]}
            />
          )}
        </svg>
        <p className="tg-visually-hidden" aria-live="polite">
          {read && `${read.longLabel}: ${data.full(totalOf(read))} ${data.unit}`}
        </p>
      </div>
    </ChartFrame>
  )
}

const stackOf = (bucket: Bucket, { series }: ChartData, at: (value: number) => number) => {
  let below = 0
  return series.flatMap(({ key, hue }) => {
    const value = bucket.values[key] ?? 0
    if (value <= 0) return []
    const from = below
    below += value
    return [{ key, hue, y: at(below), size: at(from) - at(below) }]
  })
}

const crisp = (y: number): number => Math.round(y) + 0.5
const round = (value: number): number => Math.round(value * 100) / 100
