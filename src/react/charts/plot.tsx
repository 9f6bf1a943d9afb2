import type { ReactNode } from 'react'
import type { LinearScale } from './scale.ts'
import type { useReading } from './use-reading.ts'
import { useWidth } from './use-width.ts'

/** Pixels around the plot area. Amounts are on the left, labels below. */
export interface Margins {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

const LEAST_WIDTH = 40

/** The size of a chart and of its plot area. The width follows the container. */
export const usePlotSize = (height: number, { left, right, top, bottom }: Margins) => {
  const [box, width] = useWidth<HTMLDivElement>()
  const inner = {
    width: Math.max(width - left - right, LEAST_WIDTH),
    height: height - top - bottom,
  }
  return { box, width, height, inner }
}

interface PlotProps {
  readonly size: ReturnType<typeof usePlotSize>
  readonly margins: Margins
  readonly scale: LinearScale
  readonly tickText: (tick: number) => string
  /** One sentence that describes the chart for screen readers. */
  readonly label: string
  readonly reading: ReturnType<typeof useReading>
  /** Drawn on top, in the coordinates of the whole chart. */
  readonly tooltip: ReactNode
  /** The selected bucket as text, for screen readers. */
  readonly readText: ReactNode
  /** Drawn in the coordinates of the plot area. */
  readonly children: ReactNode
}

/** A chart with a vertical axis from zero. Pointer and arrow keys select a bucket. */
export const Plot = (props: PlotProps) => {
  const { size, margins, scale, tickText, label, reading, tooltip, readText, children } = props
  const { box, width, height, inner } = size
  return (
    <div ref={box} className="tg-chart__plot">
      <svg
        width="100%"
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys select a bucket
        tabIndex={0}
        {...reading.on}
      >
        <g transform={`translate(${margins.left} ${margins.top})`}>
          {scale.ticks.map((tick) => (
            <g key={tick}>
              <line
                x2={inner.width}
                y1={crisp(scale.at(tick))}
                y2={crisp(scale.at(tick))}
                className={tick === 0 ? 'tg-axis' : 'tg-grid'}
              />
              <text x={-8} y={scale.at(tick)} dy="0.32em" textAnchor="end" className="tg-tick">
                {tickText(tick)}
              </text>
            </g>
          ))}
          {children}
        </g>
        {tooltip}
      </svg>
      <p className="tg-visually-hidden" aria-live="polite">
        {readText}
      </p>
    </div>
  )
}

/** Centres a 1 px line on a pixel, so that it is sharp. */
const crisp = (y: number): number => Math.round(y) + 0.5
