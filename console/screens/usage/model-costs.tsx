import type { AdminUsage } from '../../../src/client/index.ts'
import { exact, exactMoney, money } from '../../../src/react/format/index.ts'
import { Empty } from '../../ui/block.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Table } from '../../ui/table.tsx'

export const ModelCosts = ({ of }: { readonly of: AdminUsage }) => (
  <Panel title="By model" note={`${money(of.cost.totalUsd)} in all`} isFlush>
    {of.cost.byModel.length === 0 ? (
      <Empty title="No model calls" />
    ) : (
      <Table
        label="Cost by model"
        rows={of.cost.byModel}
        keyOf={({ model }) => model}
        columns={[
          { key: 'model', head: 'Model', cell: ({ model }) => model },
          { key: 'events', head: 'Calls', isFigure: true, cell: ({ events }) => exact(events) },
          {
            key: 'cost',
            head: 'Cost',
            isFigure: true,
            cell: ({ costUsd }) => <span title={exactMoney(costUsd)}>{money(costUsd)}</span>,
          },
        ]}
      />
    )}
  </Panel>
)
