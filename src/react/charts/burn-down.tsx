import { area, line } from 'd3-shape'
import { ChartFrame } from './chart-frame.tsx'
import { Plot, usePlotSize } from './plot.tsx'
import { amountScale, labelEvery, tickText } from './scale.ts'
import type { Bucket, ChartData } from './series.ts'
import { Tooltip } from './tooltip.tsx'
import { useReading } from './use-reading.ts'

interface BurnDownProps {
  /**
   * One series, `used`: the cumulative amount at the end of each bucket; `null` for future buckets.
   */
  readonly data: ChartData
  readonly max: number | null
  readonly maxLabel: string
  readonly outlook: {
    readonly expected: number
    readonly low: number
    readonly high: number
    readonly words: string
  } | null
  readonly summary: string
  readonly fileName: string
  readonly height?: number
}

const MARGINS = { left: 46, right: 60, top: 12, bottom: 22 }

/** Cumulative use in a period, with the limit and the projected end. */
export const BurnDown = (props: BurnDownProps) => {
  const { data, max, maxLabel, outlook, summary, fileName, height = 220 } = props
  const size = usePlotSize(height, MARGINS)
  const { inner } = size
  const known = data.buckets.filter(({ values }) => typeof values.used === 'number')
  const lastKnown = known.length - 1
  const level = (index: number): number => data.buckets[index]?.values.used ?? 0
  const top = Math.max(max ?? 0, outlook?.high ?? 0, lastKnown < 0 ? 0 : level(lastKnown))
  const scale = amountScale(top, { height: inner.height, isCount: data.isCount })
  const step = inner.width / Math.max(data.buckets.length, 1)
  // A value belongs to the end of its bucket, so the line starts at zero at the period's start.
  const points = [[0, 0], ...known.map((_, index) => [(index + 1) * step, level(index)])] as [
    number,
    number,
  ][]
  const from: [number, number] = points.at(-1) ?? [0, 0]
  const path = line<[number, number]>(
    ([x]) => x,
    ([, value]) => scale.at(value),
  )
  const band = area<{ x: number; low: number; high: number }>(
    ({ x }) => x,
    ({ low }) => scale.at(low),
    ({ high }) => scale.at(high),
  )
  const every = labelEvery(data.buckets.length, inner.width)
  const last = data.buckets.length - 1
  const indexAt = (x: number) => Math.max(0, Math.min(last, Math.floor(x / step)))
  const reading = useReading(data.buckets.length, indexAt, MARGINS.left)
  const read = reading.index === null ? undefined : data.buckets[reading.index]
  const usedText = ({ values: { used } }: Bucket) =>
    typeof used === 'number' ? data.full(used) : 'to come'
  return (
    <ChartFrame
      summary={summary}
      data={data}
      fileName={fileName}
      hasLegend={false}
      legendExtra={
        <>
          <Key className="tg-line" words="used so far" />
          {outlook && <Key className="tg-expected" words={outlook.words} />}
        </>
      }
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
              x={MARGINS.left + (reading.index + 1) * step}
              width={size.width}
              title={`${read.longLabel}${read.complete ? '' : ', so far'}`}
              rows={[
                {
                  name: `${data.unit} by then`,
                  value: usedText(read),
                },
              ]}
            />
          )
        }
        readText={read && `${read.longLabel}: ${usedText(read)}`}
      >
        {data.buckets.map(
          (bucket, index) =>
            (last - index) % every === 0 && (
              <text
                key={bucket.key}
                x={(index + 0.5) * step}
                y={inner.height + 16}
                textAnchor="middle"
                className="tg-tick"
              >
                {bucket.label}
              </text>
            ),
        )}
        {outlook && (
          <>
            <path
              className="tg-band"
              d={
                band([
                  { x: from[0], low: from[1], high: from[1] },
                  { x: inner.width, low: outlook.low, high: outlook.high },
                ]) ?? ''
              }
            />
            <path className="tg-expected" d={path([from, [inner.width, outlook.expected]]) ?? ''} />
            <text
              x={inner.width + 6}
              y={scale.at(outlook.expected)}
              dy="0.32em"
              className="tg-end-label"
            >
              {data.short(outlook.expected)}
            </text>
          </>
        )}
        {max !== null && (
          <>
            <line
              x1={0}
              x2={inner.width}
              y1={scale.at(max)}
              y2={scale.at(max)}
              className="tg-max"
            />
            <text x={4} y={scale.at(max) - 5} className="tg-max-label">
              {maxLabel}
            </text>
          </>
        )}
        <path className="tg-line" d={path(points) ?? ''} />
        <circle cx={from[0]} cy={scale.at(from[1])} r="3" className="tg-dot" />
        {reading.index !== null && (
          <line
            x1={(reading.index + 1) * step}
            x2={(reading.index + 1) * step}
            y1={0}
            y2={inner.height}
            className="tg-cross"
          />
        )}
      </Plot>
    </ChartFrame>
  )
}

const Key = ({ className, words }: { readonly className: string; readonly words: string }) => (
  <li>
    <svg width="16" height="10" aria-hidden="true">
      <line x1="0" x2="16" y1="5" y2="5" className={className} />
    </svg>
    {words}
  </li>
)
