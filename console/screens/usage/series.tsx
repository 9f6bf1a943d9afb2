import type { AdminUsage } from '../../../src/client/index.ts'
import { BarChart, type ChartData } from '../../../src/react/charts/index.ts'
import {
  clockText,
  compact,
  dayText,
  exact,
  instantText,
  money,
  sentence,
  spanText,
  UTC,
  weekdayText,
} from '../../../src/react/format/index.ts'
import { Empty } from '../../ui/block.tsx'
import { Panel } from '../../ui/panel.tsx'

export const METRICS = [
  ...(['events', 'errors', 'refusals', 'credits', 'cost', 'tokens', 'unpriced'] as const),
] as const
export type Metric = (typeof METRICS)[number]

type Row = AdminUsage['series'][number]

export const METRIC_NAMES: Readonly<Record<Metric, string>> = {
  events: 'calls',
  errors: 'errors',
  refusals: 'calls refused',
  credits: 'credits',
  cost: 'model cost, US dollars',
  tokens: 'tokens',
  unpriced: 'calls without a price',
}

const valuesOf = (row: Row, metric: Metric): Record<string, number> => {
  switch (metric) {
    case 'events':
      return { ok: (row.events ?? 0) - (row.errors ?? 0), errors: row.errors ?? 0 }
    case 'tokens':
      return { input: row.inputTokens ?? 0, output: row.outputTokens ?? 0 }
    // For the bar's height only; amounts in text are the API's exact ones.
    case 'cost':
      return { cost: Number(row.costUsd ?? 0) }
    default:
      return { [metric]: row[metric] ?? 0 }
  }
}

const SERIES: Readonly<Record<Metric, ChartData['series']>> = {
  events: [
    { key: 'ok', name: 'Answered', hue: 1 },
    { key: 'errors', name: 'Errors', hue: 'bad' },
  ],
  errors: [{ key: 'errors', name: 'Errors', hue: 'bad' }],
  refusals: [{ key: 'refusals', name: 'Refused', hue: 2 }],
  credits: [{ key: 'credits', name: 'Credits', hue: 1 }],
  cost: [{ key: 'cost', name: 'Model cost', hue: 3 }],
  tokens: [
    { key: 'input', name: 'Input', hue: 1 },
    { key: 'output', name: 'Output', hue: 2 },
  ],
  unpriced: [{ key: 'unpriced', name: 'Without a price', hue: 2 }],
}

/** One metric of the platform over time. */
export const Series = ({ of, metric }: { readonly of: AdminUsage; readonly metric: Metric }) => {
  const name = METRIC_NAMES[metric]
  const isCost = metric === 'cost'
  const buckets = of.series.map((row, index) => ({
    key: row.start,
    label: of.period === 'hour' ? clockText(row.start, UTC) : dayText(row.start, UTC),
    longLabel: of.period === 'hour' ? instantText(row.start, UTC) : weekdayText(row.start, UTC),
    complete: index < of.series.length - 1,
    values: valuesOf(row, metric),
  }))
  const isEmpty = buckets.every(({ values }) => Object.values(values).every((value) => value === 0))
  const span = spanText({ start: of.from, end: of.to }, UTC)
  const data: ChartData = {
    unit: name,
    isCount: !isCost && metric !== 'credits',
    short: isCost ? (value) => `$${compact(value)}` : compact,
    full: isCost ? (value) => money(value.toFixed(12)) : exact,
    series: SERIES[metric],
    buckets,
  }
  return (
    <Panel title={sentence(name)} note={`by ${of.period}, UTC`}>
      {isEmpty ? (
        <Empty title={`No ${name}`}>None between {span}.</Empty>
      ) : (
        <BarChart
          data={data}
          height={240}
          fileName={`usage-${metric}`}
          summary={`${sentence(name)} by ${of.period}, ${span}.`}
        />
      )}
    </Panel>
  )
}
