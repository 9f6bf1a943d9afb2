import type { AdminUsage } from '../../../src/client/index.ts'
import { exact, limitText, sentence } from '../../../src/react/format/index.ts'
import { Empty } from '../../ui/block.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Table } from '../../ui/table.tsx'

/** The limits that refused the most calls. */
export const RefusedBy = ({ of }: { readonly of: AdminUsage }) => (
  <Panel title="Refused, by limit" isFlush>
    {(of.refusalsByLimit ?? []).length === 0 ? (
      <Empty title="The gate refused nothing">No limit refused a call in this range.</Empty>
    ) : (
      <Table
        label="Refusals by limit"
        rows={of.refusalsByLimit ?? []}
        keyOf={({ meter, window, per }) => `${meter} ${window} ${per}`}
        columns={[
          {
            key: 'limit',
            head: 'Limit',
            cell: ({ meter, window }) => sentence(limitText(meter, window)),
          },
          {
            key: 'refusals',
            head: 'Calls refused',
            isFigure: true,
            cell: ({ refusals }) => exact(refusals),
          },
        ]}
      />
    )}
  </Panel>
)
