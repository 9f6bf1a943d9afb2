import { useId, useState } from 'react'
import type { UsageDashboard } from '../../contract/insight.ts'
import { Hatch } from '../charts/hatch.tsx'
import { Plot, usePlotSize } from '../charts/plot.tsx'
import { amountScale, bandScale, labelEvery } from '../charts/scale.ts'
import { Tooltip } from '../charts/tooltip.tsx'
import { useReading } from '../charts/use-reading.ts'
import { useWords } from '../hooks/context.ts'
import type { ClassOf } from '../parts/names.ts'

type Day = UsageDashboard['dashboard']['analytics']['dailyUsage'][number]

interface DailyChartProps {
  readonly days: readonly Day[]
  readonly figure: 'credits' | 'events'
  /** The incomplete day; the last one by default. */
  readonly today?: string | undefined
  readonly classOf: ClassOf
}

const HEIGHT = 236
const MARGINS = { left: 44, right: 6, top: 8, bottom: 22 }

/** Days are calendar dates; formatting them at noon UTC avoids a shift by time zone. */
const noon = (date: string): string => `${date}T12:00:00Z`

/** Usage by day, from zero. Today is hatched, because it is incomplete. */
export const DailyChart = ({ days, figure, today, classOf }: DailyChartProps) => {
  const words = useWords()
  const { say } = words
  const [isTable, setIsTable] = useState(false)
  const captionId = useId()
  const unit = figure === 'credits' ? say.credits : say.calls
  const first = days[0]
  const last = days.at(-1)
  if (!first || !last) return <p className="tg-empty">{say.noEvents}</p>
  const span = words.span(noon(first.date), noon(last.date), 'UTC')
  const isAllZero = days.every((day) => day[figure] === 0)
  return (
    <figure className={classOf('chart')} aria-labelledby={captionId}>
      <div className="tg-chart-head">
        <figcaption id={captionId} className="tg-heading">
          {say.daily(unit)} <span className="tg-heading__span">{span}</span>
        </figcaption>
        <button
          type="button"
          className="tg-link"
          aria-pressed={isTable}
          onClick={() => setIsTable(!isTable)}
        >
          {isTable ? say.chart : say.table}
        </button>
      </div>
      {isTable ? (
        <DayTable days={days} today={today ?? last.date} />
      ) : (
        <Bars {...{ days, figure, unit, span, today: today ?? last.date }} />
      )}
      {isAllZero && <p className="tg-empty">{say.nothingUsed(span)}</p>}
    </figure>
  )
}

interface BarsProps {
  readonly days: readonly Day[]
  readonly figure: 'credits' | 'events'
  readonly unit: string
  readonly span: string
  readonly today: string
}

const Bars = ({ days, figure, unit, span, today }: BarsProps) => {
  const words = useWords()
  const { say } = words
  const size = usePlotSize(HEIGHT, MARGINS)
  const { inner } = size
  const hatch = useId()
  const scale = amountScale(Math.max(0, ...days.map((day) => day[figure])), {
    height: inner.height,
    isCount: figure === 'events',
  })
  const band = bandScale(days.length, inner.width)
  const every = labelEvery(days.length, inner.width, 52)
  const end = days.length - 1
  const reading = useReading(days.length, band.indexAt, MARGINS.left)
  const read = reading.index === null ? undefined : days[reading.index]
  const peak = words.amount(Math.max(...days.map((day) => day[figure])))
  return (
    <Plot
      size={size}
      margins={MARGINS}
      scale={scale}
      tickText={words.compact}
      label={`${say.dailySummary(unit, peak, span)} ${say.readByKeys}`}
      reading={reading}
      tooltip={
        read &&
        reading.index !== null && (
          <Tooltip
            x={MARGINS.left + band.middle(reading.index)}
            width={size.width}
            title={`${words.weekday(noon(read.date), 'UTC')}${read.date === today ? `, ${say.soFar}` : ''}`}
            rows={[
              { name: say.credits, value: words.amount(read.credits) },
              { name: say.calls, value: words.amount(read.events) },
              { name: say.errors, value: words.amount(read.errors) },
            ]}
          />
        )
      }
      readText={
        read && `${words.date(noon(read.date), 'UTC')}: ${words.amount(read[figure])} ${unit}`
      }
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
      {days.map((day, index) => {
        const bar = {
          x: Math.round(band.at(index) * 100) / 100,
          y: Math.round(scale.at(day[figure]) * 100) / 100,
          width: Math.round(band.width * 100) / 100,
          height: Math.round((inner.height - scale.at(day[figure])) * 100) / 100,
        }
        return (
          <g key={day.date}>
            {day[figure] > 0 && <rect {...bar} rx={1.5} className="tg-hue-1" />}
            {day[figure] > 0 && day.date === today && <rect {...bar} fill={`url(#${hatch})`} />}
            {(end - index) % every === 0 && (
              <text
                x={Math.min(band.middle(index), inner.width - 16)}
                y={inner.height + 16}
                textAnchor="middle"
                className="tg-tick"
              >
                {words.day(noon(day.date), 'UTC')}
              </text>
            )}
          </g>
        )
      })}
    </Plot>
  )
}

const DayTable = ({ days, today }: { readonly days: readonly Day[]; readonly today: string }) => {
  const words = useWords()
  const { say } = words
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas need keyboard access
    <section className="tg-scroll tg-chart-table" aria-label={say.table} tabIndex={0}>
      <table className="tg-table">
        <thead>
          <tr>
            <th scope="col">{say.when}</th>
            <th scope="col">{say.credits}</th>
            <th scope="col">{say.calls}</th>
            <th scope="col">{say.errors}</th>
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={day.date}>
              <th scope="row">
                {words.weekday(noon(day.date), 'UTC')}
                {day.date === today ? ` (${say.soFar})` : ''}
              </th>
              <td>{words.amount(day.credits)}</td>
              <td>{words.amount(day.events)}</td>
              <td>{words.amount(day.errors)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
