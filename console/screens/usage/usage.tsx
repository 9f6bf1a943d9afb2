import { useNavigate, useSearch } from '@tanstack/react-router'
import type { AdminUsage } from '../../../src/client/index.ts'
import { counted, spanText, UTC } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Choice } from '../../ui/choice.tsx'
import { daysAgo } from '../../ui/days.ts'
import { Filters } from '../../ui/filters.tsx'
import { Columns, Screen, Stack } from '../../ui/panel.tsx'
import { AmountTile, ModelCostTile, Tiles } from '../../ui/tiles.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Consumers } from './consumers.tsx'
import { ModelCosts } from './model-costs.tsx'
import { RefusedBy } from './refused-by.tsx'
import { METRIC_NAMES, METRICS, type Metric, Series } from './series.tsx'
import { UsageOverTime } from './usage-over-time.tsx'

const STEPS = ['hour', 'day', 'week', 'month'] as const
const RANGES = [7, 30, 90, 365] as const
const DEFAULT_DAYS = 30
/** The API answers hourly steps for at most this many days. */
const MAX_HOURLY_DAYS = 31

/** The platform's usage, and its model cost. */
export const Usage = () => {
  useTitle('Usage')
  const search = useSearch({ from: '/usage' })
  const navigate = useNavigate({ from: '/usage' })
  const days = RANGES.find((one) => one === search.days) ?? DEFAULT_DAYS
  const asked = STEPS.find((one) => one === search.step) ?? 'day'
  const period = asked === 'hour' && days > MAX_HOURLY_DAYS ? 'day' : asked
  const metric = METRICS.find((one) => one === search.metric) ?? 'events'
  const startDate = daysAgo(days - 1)
  const usage = useRead(
    ['analytics', 'usage', period, startDate],
    ({ analytics }, options) => analytics.usage({ period, startDate }, options),
    { poll: true },
  )
  return (
    <Screen
      title="Usage"
      note={
        usage.data &&
        `${spanText({ start: usage.data.from, end: usage.data.to }, UTC)}, all customers, UTC`
      }
      acts={
        <Filters>
          <Choice
            label="Figure"
            value={metric}
            options={METRICS}
            words={(figure) => METRIC_NAMES[figure]}
            onSet={(metric) => navigate({ search: (now) => ({ ...now, metric }) })}
          />
          <Choice
            label="By"
            value={period}
            options={STEPS}
            onSet={(step) => navigate({ search: (now) => ({ ...now, step }) })}
          />
          <Choice
            label="Range"
            value={String(days)}
            options={RANGES.map(String)}
            words={(range) => `last ${range} days`}
            onSet={(range) => navigate({ search: (now) => ({ ...now, days: Number(range) }) })}
          />
        </Filters>
      }
    >
      <Block of={usage} shape="board">
        {(answer) => <Full of={answer} metric={metric} startDate={startDate} />}
      </Block>
    </Screen>
  )
}

const Full = ({
  of,
  metric,
  startDate,
}: {
  readonly of: AdminUsage
  readonly metric: Metric
  readonly startDate: string
}) => {
  const { totals, cost } = of
  return (
    <>
      <Tiles label="In this range">
        <AmountTile
          name="Calls"
          amount={totals.events}
          note={counted(totals.errors ?? 0, 'error')}
        />
        <AmountTile
          name="Refused by the gate"
          amount={totals.refusals}
          note="never recorded, never billed"
        />
        <AmountTile name="Credits" amount={totals.credits} note="priced by the catalogs" />
        <ModelCostTile costUsd={cost.totalUsd} unpriced={totals.unpriced ?? 0} />
        <AmountTile name="Input tokens" amount={totals.inputTokens} note="all models" />
        <AmountTile name="Output tokens" amount={totals.outputTokens} note="all models" />
      </Tiles>
      <Columns>
        <Stack>
          <Series of={of} metric={metric} />
          <UsageOverTime startDate={startDate} step={of.period} />
          <Consumers of={of} />
        </Stack>
        <Stack>
          <ModelCosts of={of} />
          <RefusedBy of={of} />
        </Stack>
      </Columns>
    </>
  )
}
