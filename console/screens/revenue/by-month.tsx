import type { RevenueHistory } from '../../../src/client/index.ts'
import { BarChart, type ChartData } from '../../../src/react/charts/index.ts'
import { compact, counted, money, spanText, UTC } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Panel } from '../../ui/panel.tsx'

/** Revenue by month and source. */
export const ByMonth = () => {
  const history = useRead(['analytics', 'revenue'], ({ analytics }, options) =>
    analytics.revenue({}, options),
  )
  return (
    <Panel
      title="By month"
      note="MRR at each month's end, and invoiced overage of periods that ended in the month, UTC"
    >
      <Block of={history} lines={11}>
        {(answer) => <Months of={answer} />}
      </Block>
    </Panel>
  )
}

const Months = ({ of: { months } }: { readonly of: RevenueHistory }) => {
  const first = months[0]
  const last = months.at(-1)
  if (!first || !last || months.every(isEmpty)) {
    return (
      <Empty title="No revenue in these months">
        No paid plan was in force at a month's end, and no overage was billed.
      </Empty>
    )
  }
  const data: ChartData = {
    unit: 'US dollars',
    isCount: false,
    // Bars need numbers; amounts in text are the API's exact ones.
    short: (value) => `$${compact(value)}`,
    full: (value) => money(value.toFixed(12)),
    series: [
      { key: 'mrr', name: 'MRR', hue: 1 },
      { key: 'overage', name: 'Overage billed', hue: 2 },
    ],
    buckets: months.map(({ start, complete, mrrUsd, overageUsd }) => ({
      key: start.slice(0, 7),
      label: monthText(start, 'short'),
      longLabel: monthText(start, 'long'),
      complete,
      values: { mrr: Number(mrrUsd), overage: Number(overageUsd) },
    })),
  }
  const span = spanText({ start: first.start, end: last.end }, UTC)
  return (
    <BarChart
      data={data}
      height={220}
      fileName="revenue-by-month"
      summary={`MRR and overage by month, ${span}: MRR ${money(last.mrrUsd)} of ${counted(last.paying, 'customer')} who pay, now.`}
    />
  )
}

const isEmpty = ({ mrrUsd, overageUsd }: RevenueHistory['months'][number]): boolean =>
  Number(mrrUsd) === 0 && Number(overageUsd) === 0

const monthText = (at: string, month: 'short' | 'long'): string =>
  new Intl.DateTimeFormat('en-GB', {
    month,
    ...(month === 'long' && { year: 'numeric' }),
    timeZone: 'UTC',
  })
    .format(new Date(at))
    // As in every date, "Sep" instead of "Sept".
    .replace(/^Sept$/, 'Sep')
