import { BarChart, type ChartData } from '../../../src/react/charts/index.ts'
import {
  compact,
  counted,
  dayText,
  exact,
  spanText,
  UTC,
  weekdayText,
} from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { daysAgo } from '../../ui/days.ts'
import { Panel } from '../../ui/panel.tsx'

const DAYS = 30

/** Calls by day: successful, failed and refused. */
export const CallsChart = () => {
  const startDate = daysAgo(DAYS - 1)
  const usage = useRead(
    ['analytics', 'usage', 'calls', startDate],
    ({ analytics }, options) =>
      analytics.usage(
        { period: 'day', startDate, metrics: ['events', 'errors', 'refusals'] },
        options,
      ),
    { poll: true },
  )
  return (
    <Panel title="Calls by day" note={`last ${DAYS} days, UTC`}>
      <Block of={usage} lines={9}>
        {({ series, totals, from, to }) => {
          const { events = 0, errors = 0, refusals = 0 } = totals
          if (events + refusals === 0) {
            return (
              <Empty title={`No calls between ${spanText({ start: from, end: to }, UTC)}`}>
                The gate received no calls in this range.
              </Empty>
            )
          }
          const data: ChartData = {
            unit: 'calls',
            isCount: true,
            short: compact,
            full: exact,
            series: [
              { key: 'ok', name: 'Answered', hue: 1 },
              { key: 'errors', name: 'Errors', hue: 'bad' },
              ...(refusals > 0 ? [{ key: 'refused', name: 'Refused by the gate', hue: 2 }] : []),
            ],
            buckets: series.map((day, index) => ({
              key: day.start.slice(0, 10),
              label: dayText(day.start, UTC),
              longLabel: weekdayText(day.start, UTC),
              complete: index < series.length - 1,
              values: {
                ok: (day.events ?? 0) - (day.errors ?? 0),
                errors: day.errors ?? 0,
                ...(refusals > 0 && { refused: day.refusals ?? 0 }),
              },
            })),
          }
          return (
            <BarChart
              data={data}
              height={252}
              fileName="calls-by-day"
              summary={`${counted(events, 'call')} by day, ${spanText({ start: from, end: to }, UTC)}, ${counted(errors, 'error')}, ${counted(refusals, 'refusal')}.`}
            />
          )
        }}
      </Block>
    </Panel>
  )
}
