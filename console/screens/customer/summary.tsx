import { Link, useParams } from '@tanstack/react-router'
import type { UsageDashboard } from '../../../src/client/index.ts'
import {
  compact,
  counted,
  dateText,
  exact,
  exactMoney,
  money,
  share,
  standingAt,
  UTC,
} from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { useIsOperator, useMay } from '../../session/rights.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Columns, Panel, Stack } from '../../ui/panel.tsx'
import { readable } from '../../ui/readable.ts'
import { State, type Tone } from '../../ui/state.tsx'
import { Tile, Tiles } from '../../ui/tiles.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { BurnDownPanel } from './burn-down-panel.tsx'
import css from './customer.module.css'
import { LimitList } from './limit-list.tsx'
import { NextInvoice } from './next-invoice.tsx'
import { Refusals } from './refusals.tsx'
import { TopEvents } from './top-events.tsx'
import { useDashboard } from './use-dashboard.ts'

/** The current state of a customer: subscription, usage, limits and costs. */
export const Summary = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  useTitle(organizationId, 'Summary')
  const dashboard = useDashboard(organizationId, { poll: true })
  return (
    <Block of={dashboard} shape="board">
      {(answer) => <Full of={answer} />}
    </Block>
  )
}

const Full = ({ of }: { readonly of: UsageDashboard }) => {
  const { organizationId, dashboard } = of
  const { overview, events, users } = dashboard
  const isOperator = useIsOperator()
  const may = useMay(organizationId)
  return (
    <>
      <Tiles label="The billing period so far">
        {overview.totalCredits !== null && (
          <Tile
            name="Credits used"
            value={compact(overview.usedCredits)}
            exact={exact(overview.usedCredits)}
            note={`of ${exact(overview.totalCredits)} included`}
            to={{ to: '/customers/$organizationId/credits', params: { organizationId } }}
          />
        )}
        <Tile
          name="Calls"
          value={compact(events.total)}
          exact={exact(events.total)}
          note="this billing period"
          to={{ to: '/customers/$organizationId/events', params: { organizationId } }}
        />
        <Tile
          name="Error rate"
          value={share(events.errorRate)}
          note={counted(events.errors, 'error')}
          to={{ to: '/customers/$organizationId/usage', params: { organizationId } }}
        />
        {isOperator && <ModelCost of={of} />}
        <Tile
          name="Active users"
          value={exact(users.active)}
          note="this billing period"
          to={{ to: '/customers/$organizationId/usage', params: { organizationId } }}
        />
      </Tiles>
      <Columns>
        <Stack>
          <Panel
            title="Limits"
            note="windows are UTC"
            acts={
              <Link
                to="/customers/$organizationId/limits"
                params={{ organizationId }}
                className={css.muted}
              >
                All limits
              </Link>
            }
            isFlush
          >
            <LimitList limits={dashboard.limits} />
          </Panel>
          <BurnDownPanel of={of} />
          <TopEvents of={of} />
        </Stack>
        <Stack>
          <Notes of={of} />
          {may('invoices.read') && <NextInvoice organizationId={organizationId} />}
          <Refusals organizationId={organizationId} shown={5} />
        </Stack>
      </Columns>
    </>
  )
}

/** The model cost of the period, from the API's margin report. */
const ModelCost = ({ of: { organizationId, dashboard } }: { readonly of: UsageDashboard }) => {
  const margin = useRead(['customer', organizationId, 'margin'], ({ analytics }, options) =>
    analytics.margin({ organizationId }, options),
  )
  const cost = margin.data?.periods[0]?.modelCostUsd
  const { unpriced } = dashboard.events
  return (
    <Tile
      name="Model cost"
      value={money(cost)}
      exact={exactMoney(cost)}
      note={
        unpriced === 0 ? 'this billing period' : `without ${counted(unpriced, 'unpriced call')}`
      }
      to={{ to: '/customers/$organizationId/billing', params: { organizationId } }}
    />
  )
}

/** The colour of a limit, by its behaviour past the maximum. */
const toneOf = (
  level: 'near' | 'reached' | 'forecast',
  limit: UsageDashboard['dashboard']['limits'][number] | undefined,
): Tone => {
  if (level !== 'reached') return 'near'
  const standing = standingAt('reached', limit?.behavior ?? 'hard')
  return standing === 'overage' || standing === 'reached' ? standing : 'near'
}

const Notes = ({ of: { dashboard } }: { readonly of: UsageDashboard }) => {
  const { warnings, recommendations, analytics, limits } = dashboard
  const isCalm = warnings.length + recommendations.length + analytics.anomalies.length === 0
  return (
    <Panel title="Highlights" isFlush>
      {isCalm ? (
        <Empty title="Nothing unusual">
          No limit is near, and no day of the last 30 was unusual.
        </Empty>
      ) : (
        <ul className={css.notes}>
          {warnings.map(({ limit, level, message }) => (
            <li key={`${limit}-${level}`}>
              <State
                tone={toneOf(
                  level,
                  limits.find((one) => one.limit === limit),
                )}
              >
                {readable(limit)}
              </State>
              <small>{readable(message)}</small>
            </li>
          ))}
          {analytics.anomalies.map(({ date, figure, direction, used, expected }) => (
            <li key={`${date}-${figure}`}>
              <State tone="muted">{`Unusually ${direction === 'high' ? 'many' : 'few'} ${figure}, ${dateText(date, UTC)} UTC`}</State>
              <small>
                {exact(used)}, expected {compact(expected)}
              </small>
            </li>
          ))}
          {recommendations.map(({ code, message }) => (
            <li key={code}>
              <State tone="ok">Suggestion</State>
              <small>{readable(message)}</small>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
