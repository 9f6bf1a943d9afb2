import type { Customer } from '../../../src/client/index.ts'
import { exact, exactMoney, isNegative, money, percent } from '../../../src/react/format/index.ts'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { PlanName } from '../../ui/plan-name.tsx'
import { State } from '../../ui/state.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import css from './customers.module.css'
import { TightestLimit } from './tightest-limit.tsx'

const usd = (amount: string) => (
  <span title={exactMoney(amount)} className={isNegative(amount) ? css.loss : undefined}>
    {money(amount)}
  </span>
)

const STATES = {
  active: { tone: 'good' },
  trial: { tone: 'ok' },
  paused: { tone: 'near', icon: 'paused' },
  ended: { tone: 'reached' },
} as const

export const CUSTOMER_COLUMNS: readonly Column<Customer>[] = [
  {
    key: 'name',
    head: 'Customer',
    sort: 'name',
    cell: ({ organizationId, name }) => (
      <span className={css.name}>
        <CustomerLink organizationId={organizationId} name={name} />
        <span className={css.id}>{organizationId}</span>
      </span>
    ),
  },
  {
    key: 'plan',
    head: 'Plan',
    sort: 'plan',
    cell: ({ plan, planVersion }) => <PlanName plan={plan} version={planVersion} />,
  },
  {
    key: 'status',
    head: 'State',
    cell: ({ status, state }) =>
      status === 'closed' ? (
        <State tone="muted">closed</State>
      ) : (
        <State {...STATES[state]}>{state}</State>
      ),
  },
  {
    key: 'limit',
    head: 'Tightest limit',
    sort: 'percentageUsed',
    isBroad: true,
    cell: (customer) => <TightestLimit of={customer} />,
  },
  {
    key: 'calls',
    head: 'Calls',
    isFigure: true,
    sort: 'calls',
    cell: ({ calls }) => exact(calls),
  },
  {
    key: 'credits',
    head: 'Credits',
    isFigure: true,
    isRoomy: true,
    sort: 'credits',
    cell: ({ credits }) => exact(credits),
  },
  {
    key: 'revenue',
    head: 'Revenue',
    isFigure: true,
    sort: 'revenue',
    cell: ({ revenueUsd }) => usd(revenueUsd),
  },
  {
    key: 'cost',
    head: 'Model cost',
    isFigure: true,
    isWideOnly: true,
    sort: 'cost',
    cell: ({ modelCostUsd }) => usd(modelCostUsd),
  },
  {
    key: 'margin',
    head: 'Margin',
    isFigure: true,
    sort: 'margin',
    cell: ({ marginUsd }) => usd(marginUsd),
  },
  {
    key: 'share',
    head: '%',
    label: 'Of revenue',
    isFigure: true,
    cell: ({ marginPercent }) => percent(marginPercent),
  },
  {
    key: 'end',
    head: 'Period ends',
    isFigure: true,
    isWideOnly: true,
    cell: ({ period }) => <Time at={period.end} form="day" />,
  },
]
