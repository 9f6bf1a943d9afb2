import { useId } from 'react'
import { ChartFrame } from './chart-frame.tsx'
import { Hatch } from './hatch.tsx'
import { Plot, usePlotSize } from './plot.tsx'
import { amountScale, bandScale, labelEvery, tickText } from './scale.ts'
import { type Bucket, type ChartData, hueClass, totalOf } from './series.ts'
import { Tooltip } from './tooltip.tsx'
import { useReading } from './use-reading.ts'

interface BarChartProps {
  readonly data: ChartData
  readonly summary: string
  readonly fileName: string
  readonly height?: number
}

const MARGINS = { left: 46, right: 8, top: 8, bottom: 22 }

/** Stacked bars per bucket, from zero. Incomplete buckets are hatched. */
export const BarChart = ({ data, summary, fileName, height = 220 }: BarChartProps) => {
  const size = usePlotSize(height, MARGINS)
  const { inner } = size
  const hatch = useId()
  const scale = amountScale(Math.max(0, ...data.buckets.map(totalOf)), {
    height: inner.height,
    isCount: data.isCount,
  })
  const band = bandScale(data.buckets.length, inner.width)
  const every = labelEvery(data.buckets.length, inner.width)
  const last = data.buckets.length - 1
  const reading = useReading(data.buckets.length, band.indexAt, MARGINS.left)
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
      <Plot
        size={size}
        margins={MARGINS}
        scale={scale}
        tickText={(tick) => tickText(data.short(tick))}
        label={`${summary} Read it with the arrow keys.`}
        reading={reading}
        tooltip={
          read &&
          reading.index !== null && (
            <Tooltip
              x={MARGINS.left + band.middle(reading.index)}
              width={size.width}
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
          )
        }
        readText={read && `${read.longLabel}: ${data.full(totalOf(read))} ${data.unit}`}
      >
        <Hatch id={hatch} className="tg-hatch" />
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
      </Plot>
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

const round = (value: number): number => Math.round(value * 100) / 100
