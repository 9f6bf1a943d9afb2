import { BarChart, type ChartData } from '../../../src/react/charts/index.ts'
import { compact, exact, percent, rounded, zoneText } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Panel } from '../../ui/panel.tsx'

/** Usage by weekday and hour. */
export const Patterns = ({ organizationId }: { readonly organizationId: string }) => {
  const management = useRead(['customer', organizationId, 'management'], ({ usage }, options) =>
    usage.management({ organizationId }, options),
  )
  const { data } = management
  return (
    <Panel
      title="Through the week and the day"
      note={data && `last ${data.patterns.days} days, hours of ${zoneText(data.timezone)}`}
    >
      <Block of={management} lines={8}>
        {({ patterns }) => (
          <>
            <BarChart
              data={chartOf(
                patterns.weekdays.map(({ weekday, events }) => ({
                  label: weekday.slice(0, 3),
                  name: weekday,
                  events,
                })),
                'calls a day on average',
              )}
              height={120}
              fileName={`${organizationId}-weekdays`}
              summary="Mean calls by day of the week."
            />
            <BarChart
              data={chartOf(
                patterns.hours.map(({ hour, events }) => ({
                  label: String(hour),
                  name: `${String(hour).padStart(2, '0')}:00`,
                  events,
                })),
                'calls',
              )}
              height={120}
              fileName={`${organizationId}-hours`}
              summary="Calls by hour of the day."
            />
            <Facts
              of={[
                ['Mean a day', `${rounded(patterns.meanPerDay, 1)} calls`],
                patterns.busiestDay && [
                  'Busiest day',
                  `${patterns.busiestDay.date}, ${exact(patterns.busiestDay.events)} calls`,
                ],
                [
                  'Busiest hour over the mean',
                  patterns.peakToMean === null ? '—' : `${rounded(patterns.peakToMean, 1)} ×`,
                ],
                ['Later half over the earlier', percent(patterns.trendPercent)],
              ]}
            />
          </>
        )}
      </Block>
    </Panel>
  )
}

const chartOf = (
  rows: readonly { readonly label: string; readonly name: string; readonly events: number }[],
  unit: string,
): ChartData => ({
  unit,
  isCount: false,
  short: compact,
  full: (value) => rounded(value, 2),
  series: [{ key: 'events', name: unit, hue: 1 }],
  buckets: rows.map(({ label, name, events }) => ({
    key: name,
    label,
    longLabel: name,
    complete: true,
    values: { events },
  })),
})
