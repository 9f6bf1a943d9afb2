import type { AnalyticsOverview } from '../../../src/client/index.ts'
import {
  compact,
  counted,
  exact,
  exactMoney,
  isSomething,
  money,
  share,
} from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Columns, Panel, Screen } from '../../ui/panel.tsx'
import { Tile, Tiles } from '../../ui/tiles.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Attention } from './attention.tsx'
import { CallsChart } from './calls-chart.tsx'
import { DemoNote } from './demo-note.tsx'
import { FirstSteps } from './first-steps.tsx'
import { Plans } from './plans.tsx'
import { StepsLeft } from './steps-left.tsx'
import { TopCustomers } from './top-customers.tsx'

/** With this many customers the setup steps are no longer shown. */
const FEW = 3

/** Revenue, traffic and open problems of the platform. */
export const Overview = () => {
  useTitle('Overview')
  const overview = useRead(
    ['analytics', 'overview'],
    ({ analytics }, options) => analytics.overview({}, options),
    { poll: true },
  )
  const of = overview.data?.organizations
  if (of?.total === 0) return <FirstSteps />
  return (
    <Screen
      title="Overview"
      note={of && `${counted(of.active, 'active customer')}, ${exact(of.closed)} closed`}
    >
      <Block of={overview} shape="board">
        {(figures) => <Full of={figures} />}
      </Block>
    </Screen>
  )
}

const Full = ({ of }: { readonly of: AnalyticsOverview }) => {
  const { organizations } = of
  const month = monthText(of.month.start)
  const toCustomers = { to: '/customers' } as const
  return (
    <>
      <DemoNote />
      {organizations.total <= FEW && <StepsLeft />}
      <Tiles label="The platform in figures">
        <Tile
          name="MRR"
          value={money(of.mrrUsd)}
          note={`${counted(payingOf(of), 'paying customer')}, now`}
          to={toCustomers}
        />
        <Tile name="ARR" value={money(of.arrUsd)} note="12 × MRR" to={{ to: '/revenue' }} />
        <Tile
          name="Overage so far"
          value={money(of.overageRevenueUsd)}
          exact={exactMoney(of.overageRevenueUsd)}
          note="running billing periods"
          to={{ to: '/revenue' }}
          tone={isSomething(of.overageRevenueUsd) ? 'overage' : undefined}
        />
        <Tile
          name="Calls"
          value={compact(of.calls)}
          exact={exact(of.calls)}
          note={`${month}, UTC`}
          to={{ to: '/usage' }}
        />
        <Tile
          name="Error rate"
          value={share(of.errorRate)}
          note={`${counted(of.errors, 'error')} in ${month}`}
          to={{ to: '/usage', search: { metric: 'errors' } }}
        />
        <Tile
          name="Model cost"
          value={money(of.modelCostUsd)}
          exact={exactMoney(of.modelCostUsd)}
          note={
            of.unpricedCalls === 0
              ? `${month}, every call priced`
              : `${month}, without ${counted(of.unpricedCalls, 'unpriced call')}`
          }
          to={{ to: '/usage', search: { metric: 'cost' } }}
        />
      </Tiles>
      <Columns>
        <CallsChart />
        <Attention unpricedCalls={of.unpricedCalls} />
      </Columns>
      <Columns>
        <Panel title="Most calls" note={`${month}, UTC`} isFlush>
          <TopCustomers rows={of.topOrganizations} />
        </Panel>
        <Plans plans={organizations.byPlan} />
      </Columns>
    </>
  )
}

const payingOf = ({ organizations }: AnalyticsOverview): number =>
  organizations.byPlan.reduce((sum, { paying }) => sum + paying, 0)

const monthText = (start: string): string =>
  new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' }).format(new Date(start))
