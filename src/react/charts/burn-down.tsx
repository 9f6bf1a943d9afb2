import { area, line } from 'd3-shape'
import { ChartFrame } from './chart-frame.tsx'
import { amountScale, labelEvery, tickText } from './scale.ts'
import type { ChartData } from './series.ts'
import { Tooltip } from './tooltip.tsx'
import { useReading } from './use-reading.ts'
import { useWidth } from './use-width.ts'

interface BurnDownProps {
  /** One series `used`: what was used by the end of each bucket; `null` for those to come. */
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

const LEFT = 46
const RIGHT = 60
const TOP = 12
const BOTTOM = 22

/** A level that grows through a period, beside its limit and what is expected at the end. */
export const BurnDown = (props: BurnDownProps) => {
  const { data, max, maxLabel, outlook, summary, fileName, height = 220 } = props
  const [box, width] = useWidth<HTMLDivElement>()
  const inner = { width: Math.max(width - LEFT - RIGHT, 40), height: height - TOP - BOTTOM }
  const known = data.buckets.filter(({ values }) => typeof values.used === 'number')
  const lastKnown = known.length - 1
  const level = (index: number): number => data.buckets[index]?.values.used ?? 0
  const top = Math.max(max ?? 0, outlook?.high ?? 0, lastKnown < 0 ? 0 : level(lastKnown))
  const scale = amountScale(top, { height: inner.height, isCount: data.isCount })
  const step = inner.width / Math.max(data.buckets.length, 1)
  // A bucket's level stands at its end, so the line starts at zero where the period does.
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
  const reading = useReading(data.buckets.length, indexAt, LEFT)
  const read = reading.index === null ? undefined : data.buckets[reading.index]
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
          <g transform={`translate(${LEFT} ${TOP})`}>
            {scale.ticks.map((tick) => (
              <g key={tick}>
                <line
                  x1={0}
                  x2={inner.width}
                  y1={Math.round(scale.at(tick)) + 0.5}
                  y2={Math.round(scale.at(tick)) + 0.5}
                  className={tick === 0 ? 'tg-axis' : 'tg-grid'}
                />
                <text x={-8} y={scale.at(tick)} dy="0.32em" textAnchor="end" className="tg-tick">
                  {tickText(data.short(tick))}
                </text>
              </g>
            ))}
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
                <path
                  className="tg-expected"
                  d={path([from, [inner.width, outlook.expected]]) ?? ''}
                />
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
          </g>
          {read && reading.index !== null && (
            <Tooltip
              x={LEFT + (reading.index + 1) * step}
              width={width}
              title={`${read.longLabel}${read.complete ? '' : ', so far'}`}
              rows={[
                {
                  name: `${data.unit} by then`,
                  value:
                    typeof read.values.used === 'number' ? data.full(read.values.used) : 'to come',
                },
              ]}
            />
          )}
        </svg>
        <p className="tg-visually-hidden" aria-live="polite">
          {read &&
            `${read.longLabel}: ${typeof read.values.used === 'number' ? data.full(read.values.used) : 'to come'}`}
        </p>
      </div>
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
