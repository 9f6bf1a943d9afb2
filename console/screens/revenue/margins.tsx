import type { Customer } from '../../../src/client/index.ts'
import { exactMoney, isNegative, money, percent } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Panel } from '../../ui/panel.tsx'
import { PlanName } from '../../ui/plan-name.tsx'
import { State } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'

const SHOWN = 50

const usd = (amount: string) => <span title={exactMoney(amount)}>{money(amount)}</span>

const COLUMNS: readonly Column<Customer>[] = [
  {
    key: 'name',
    head: 'Customer',
    cell: ({ organizationId, name }) => (
      <CustomerLink organizationId={organizationId} name={name} />
    ),
  },
  { key: 'plan', head: 'Plan', cell: ({ plan }) => <PlanName plan={plan} /> },
  {
    key: 'subscription',
    head: 'Plan price',
    isFigure: true,
    cell: ({ subscriptionUsd }) => usd(subscriptionUsd),
  },
  { key: 'overage', head: 'Overage', isFigure: true, cell: ({ overageUsd }) => usd(overageUsd) },
  { key: 'revenue', head: 'Revenue', isFigure: true, cell: ({ revenueUsd }) => usd(revenueUsd) },
  {
    key: 'cost',
    head: 'Model cost',
    isFigure: true,
    cell: ({ modelCostUsd }) => usd(modelCostUsd),
  },
  {
    key: 'margin',
    head: 'Margin',
    isFigure: true,
    cell: ({ marginUsd }) =>
      isNegative(marginUsd) ? <State tone="reached">{usd(marginUsd)}</State> : usd(marginUsd),
  },
  {
    key: 'percent',
    head: 'Of revenue',
    isFigure: true,
    cell: ({ marginPercent }) => percent(marginPercent),
  },
]

/** Revenue minus model cost by customer; losses come first. */
export const Margins = () => {
  const customers = useRead(
    ['customers', 'margin'],
    ({ analytics }, options) =>
      analytics.customers({ sort: 'margin', status: 'active', limit: SHOWN }, options),
    { poll: true },
  )
  return (
    <Panel
      title="Margin by customer"
      note={`the smallest first, ${SHOWN} at most; a plan’s price is of the whole period`}
      isFlush
    >
      <Block of={customers} lines={8}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There are no customers yet" />
          ) : (
            <Table
              label="Margin by customer"
              columns={COLUMNS}
              rows={items}
              keyOf={({ organizationId }) => organizationId}
            />
          )
        }
      </Block>
    </Panel>
  )
}
