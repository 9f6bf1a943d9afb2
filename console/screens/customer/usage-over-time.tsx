import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRead } from '../../api/use-api.ts'
import { MOST_GROUPS, SERIES_METRICS, stepFor } from '../usage/grouped-series.tsx'
import { SeriesPanel } from '../usage/series-panel.tsx'

const GROUPS = ['eventType', 'category', 'model', 'user', 'endpoint'] as const

interface UsageOverTimeProps {
  readonly organizationId: string
  readonly startDate: string
  readonly days: number
  readonly timezone: string
}

/** A customer's usage over time, by group. */
export const UsageOverTime = ({
  organizationId,
  startDate,
  days,
  timezone,
}: UsageOverTimeProps) => {
  const search = useSearch({ from: '/customers/$organizationId/usage' })
  const navigate = useNavigate({ from: '/customers/$organizationId/usage' })
  const by = GROUPS.find((one) => one === search.by) ?? 'eventType'
  const metric = SERIES_METRICS.find((one) => one === search.metric) ?? 'credits'
  const step = stepFor(search.step, days)
  const asked = { groupBy: by, metric, step, startDate, timezone, top: MOST_GROUPS }
  const series = useRead(['customer', organizationId, 'series', asked], ({ usage }, options) =>
    usage.series({ organizationId, ...asked }, options),
  )
  return (
    <SeriesPanel
      series={series}
      groups={GROUPS}
      by={by}
      metric={metric}
      onBy={(by) => navigate({ search: (now) => ({ ...now, by }) })}
      onMetric={(metric) => navigate({ search: (now) => ({ ...now, metric }) })}
      step={{
        value: step,
        onSet: (step) => navigate({ search: (now) => ({ ...now, step }) }),
      }}
      fileName={`${organizationId}-${metric}-by-${by}`}
    />
  )
}
