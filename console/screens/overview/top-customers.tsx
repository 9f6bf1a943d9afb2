import type { AnalyticsOverview } from '../../../src/client/index.ts'
import { exact, exactMoney, money } from '../../../src/react/format/index.ts'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { PlanName } from '../../ui/plan-name.tsx'
import { type Column, Table } from '../../ui/table.tsx'

type Row = AnalyticsOverview['topOrganizations'][number]

const COLUMNS: readonly Column<Row>[] = [
  {
    key: 'name',
    head: 'Customer',
    cell: ({ organizationId, name }) => (
      <CustomerLink organizationId={organizationId} name={name} />
    ),
  },
  { key: 'plan', head: 'Plan', cell: ({ plan }) => <PlanName plan={plan} /> },
  { key: 'calls', head: 'Calls', isFigure: true, cell: ({ calls }) => exact(calls) },
  { key: 'credits', head: 'Credits', isFigure: true, cell: ({ credits }) => exact(credits) },
  {
    key: 'cost',
    head: 'Model cost',
    isFigure: true,
    cell: ({ costUsd }) => <span title={exactMoney(costUsd)}>{money(costUsd)}</span>,
  },
]

export const TopCustomers = ({ rows }: { readonly rows: readonly Row[] }) => (
  <Table
    label="The five customers with most calls"
    columns={COLUMNS}
    rows={rows}
    keyOf={({ organizationId }) => organizationId}
  />
)
