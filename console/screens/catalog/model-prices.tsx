import { exactMoney } from '../../../src/react/format/index.ts'
import { Empty } from '../../ui/block.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Table } from '../../ui/table.tsx'
import type { CatalogDocument } from './document.ts'

const perMillion = (price: string | undefined) => (price === undefined ? '—' : exactMoney(price))

/** Model prices that override the price library. */
export const ModelPrices = ({ document }: { readonly document: CatalogDocument }) => (
  <Panel title="Model prices" note="US dollars for a million tokens" isFlush>
    {document.modelPrices.length === 0 ? (
      <Empty title="No prices of its own">
        All models use the prices of the price library. A price set here replaces it for this
        catalog’s customers.
      </Empty>
    ) : (
      <Table
        label="Model prices"
        rows={document.modelPrices}
        keyOf={({ provider, model }) => `${provider}/${model}`}
        columns={[
          { key: 'model', head: 'Model', cell: ({ model }) => model },
          { key: 'provider', head: 'Provider', cell: ({ provider }) => provider },
          {
            key: 'input',
            head: 'Input',
            isFigure: true,
            cell: ({ inputUsdPerMillion }) => perMillion(inputUsdPerMillion),
          },
          {
            key: 'cached',
            head: 'Cached input',
            isFigure: true,
            cell: ({ cachedInputUsdPerMillion }) => perMillion(cachedInputUsdPerMillion),
          },
          {
            key: 'output',
            head: 'Output',
            isFigure: true,
            cell: ({ outputUsdPerMillion }) => perMillion(outputUsdPerMillion),
          },
        ]}
      />
    )}
  </Panel>
)
