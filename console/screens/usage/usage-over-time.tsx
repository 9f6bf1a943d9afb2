import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRead } from '../../api/use-api.ts'
import { MOST_GROUPS, SERIES_METRICS, type SeriesStep } from './grouped-series.tsx'
import { SeriesPanel } from './series-panel.tsx'

const GROUPS = ['organization', 'eventType', 'category', 'model', 'endpoint'] as const

/** The platform's usage over time, by group. */
export const UsageOverTime = ({
  startDate,
  step,
}: {
  readonly startDate: string
  readonly step: SeriesStep
}) => {
  const search = useSearch({ from: '/usage' })
  const navigate = useNavigate({ from: '/usage' })
  const by = GROUPS.find((one) => one === search.by) ?? 'organization'
  const metric = SERIES_METRICS.find((one) => one === search.of) ?? 'credits'
  const asked = { groupBy: by, metric, step, startDate, top: MOST_GROUPS }
  const series = useRead(
    ['analytics', 'series', asked],
    ({ analytics }, options) => analytics.series(asked, options),
    { poll: true },
  )
  return (
    <SeriesPanel
      series={series}
      groups={GROUPS}
      by={by}
      metric={metric}
      onBy={(by) => navigate({ search: (now) => ({ ...now, by }) })}
      onMetric={(of) => navigate({ search: (now) => ({ ...now, of }) })}
      fileName={`usage-${metric}-by-${by}`}
    />
  )
}
