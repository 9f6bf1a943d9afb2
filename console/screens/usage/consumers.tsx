import type { AdminUsage } from '../../../src/client/index.ts'
import { durationText, exact, exactMoney, money } from '../../../src/react/format/index.ts'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'

type Row = AdminUsage['topConsumers'][number]

const COLUMNS: readonly Column<Row>[] = [
  {
    key: 'name',
    head: 'Customer',
    cell: ({ id, name }) => <CustomerLink organizationId={id} name={name} />,
  },
  { key: 'events', head: 'Calls', isFigure: true, cell: ({ events }) => exact(events) },
  { key: 'errors', head: 'Errors', isFigure: true, cell: ({ errors }) => exact(errors) },
  { key: 'refusals', head: 'Refused', isFigure: true, cell: ({ refusals }) => exact(refusals) },
  { key: 'credits', head: 'Credits', isFigure: true, cell: ({ credits }) => exact(credits) },
  {
    key: 'mean',
    head: 'Mean duration',
    isFigure: true,
    isWideOnly: true,
    cell: ({ meanDurationMs }) => durationText(meanDurationMs ?? null),
  },
  {
    key: 'cost',
    head: 'Model cost',
    isFigure: true,
    cell: ({ costUsd }) => <span title={exactMoney(costUsd)}>{money(costUsd)}</span>,
  },
]

/** The customers with the highest usage. */
export const Consumers = ({ of }: { readonly of: AdminUsage }) => (
  <Panel title="Top customers" note="top ten by calls" isFlush>
    <Table label="Top customers" columns={COLUMNS} rows={of.topConsumers} keyOf={({ id }) => id} />
  </Panel>
)
