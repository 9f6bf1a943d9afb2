import type { CreditMovement } from '../../../src/client/index.ts'
import { exact, sentence } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

const SHOWN = 50

const accounts = (entries: CreditMovement['entries'], isInto: boolean): string =>
  entries
    .filter(({ credits }) => credits > 0 === isInto)
    .map(({ account, credits }) => `${account} ${exact(Math.abs(credits))}`)
    .join(', ')

/** The credit journal. In each movement, debits equal credits. */
export const Movements = ({ organizationId }: { readonly organizationId: string }) => {
  const movements = useRead(['customer', organizationId, 'movements'], ({ grants }, options) =>
    grants.movements({ organizationId, limit: SHOWN }, options),
  )
  return (
    <Panel title="Journal" note={`the latest ${SHOWN} movements; each sums to zero`} isFlush>
      <Block of={movements} lines={5}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No movements yet">
              Use of the plan’s allowance counts in the limit on credits, and is not listed here.
            </Empty>
          ) : (
            <Table
              label="Movements of credits"
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                { key: 'at', head: 'Time', cell: ({ at }) => <Time at={at} /> },
                {
                  key: 'kind',
                  head: 'Movement',
                  cell: ({ kind }) => sentence(kind.replace('_', ' ')),
                },
                { key: 'from', head: 'Out of', cell: ({ entries }) => accounts(entries, false) },
                { key: 'to', head: 'Into', cell: ({ entries }) => accounts(entries, true) },
              ]}
            />
          )
        }
      </Block>
    </Panel>
  )
}
