import type { PlatformSeries, UsageSeries } from '../../../src/client/index.ts'
import { BarChart, type ChartData, huesByName } from '../../../src/react/charts/index.ts'
import {
  clockText,
  compact,
  counted,
  dayText,
  exact,
  instantText,
  money,
  sentence,
  spanText,
  timeStyle,
  weekdayText,
} from '../../../src/react/format/index.ts'
import { Empty } from '../../ui/block.tsx'

export type SeriesAnswer = UsageSeries | PlatformSeries
export type SeriesMetric = NonNullable<UsageSeries['metric']>
export type SeriesStep = UsageSeries['step']

export const SERIES_METRICS = [
  ...(['events', 'errors', 'unpriced', 'credits', 'cost', 'inputTokens'] as const),
  ...(['cachedInputTokens', 'outputTokens', 'reasoningTokens'] as const),
] as const
export const SERIES_STEPS = ['hour', 'day', 'week', 'month'] as const

export const METRIC_TEXT: Readonly<Record<SeriesMetric, string>> = {
  events: 'calls',
  errors: 'errors',
  unpriced: 'calls without a price',
  credits: 'credits',
  cost: 'model cost, US dollars',
  inputTokens: 'input tokens',
  cachedInputTokens: 'cached input tokens',
  outputTokens: 'output tokens',
  reasoningTokens: 'reasoning tokens',
}

/** The largest groups have a hue each; the rest is "all others". */
export const MOST_GROUPS = 7
const MAX_HOURLY_DAYS = 31

/** The API answers hourly steps only up to `MAX_HOURLY_DAYS`. */
export const stepFor = (asked: string | undefined, days: number): SeriesStep => {
  const step = SERIES_STEPS.find((one) => one === asked) ?? 'day'
  return step === 'hour' && days > MAX_HOURLY_DAYS ? 'day' : step
}

interface GroupedSeriesProps {
  readonly of: SeriesAnswer
  readonly metric: SeriesMetric
  /** The grouping dimension, such as `model`. */
  readonly by: string
  readonly fileName: string
  /** The display name of a group. */
  readonly nameOf: (key: string) => string
}

/** One metric over time. Each of the largest groups has its own colour; all others are grey. */
export const GroupedSeries = ({ of, metric, by, fileName, nameOf }: GroupedSeriesProps) => {
  const { groups, groupsInAll, others, none, step, series, from, to } = of
  const style = timeStyle(of.timezone)
  const figure = METRIC_TEXT[metric]
  const span = spanText({ start: from, end: to }, style)
  if (Number(of.total) === 0) {
    return <Empty title={`No ${figure}`}>None between {span}.</Empty>
  }
  // Events without a value for the dimension form a group with an empty key.
  const hues = huesByName(['', ...groups.map(({ key }) => key)])
  const data: ChartData = {
    unit: figure,
    isCount: metric !== 'cost' && metric !== 'credits',
    // Bars need numbers; texts use the common formatting functions.
    short: metric === 'cost' ? (value) => `$${compact(value)}` : compact,
    full: metric === 'cost' ? (value) => money(value.toFixed(12)) : exact,
    series: [
      ...groups.map(({ key }) => ({
        key: `of ${key}`,
        name: nameOf(key),
        hue: hues.get(key) ?? 0,
      })),
      ...(Number(others) === 0
        ? []
        : [{ key: 'others', name: `${groupsInAll - groups.length} others`, hue: 0 }]),
      ...(Number(none) === 0 ? [] : [{ key: 'none', name: `No ${by}`, hue: hues.get('') ?? 0 }]),
    ],
    buckets: series.map((one) => ({
      key: one.from,
      label: step === 'hour' ? clockText(one.from, style) : dayText(one.from, style),
      longLabel:
        step === 'hour'
          ? instantText(one.from, style)
          : step === 'day'
            ? weekdayText(one.from, style)
            : spanText({ start: one.from, end: one.to }, style),
      complete: one.complete,
      values: {
        ...Object.fromEntries(
          groups.map(({ key }) => [`of ${key}`, Number(one.values[key] ?? 0)] as const),
        ),
        ...(Number(others) !== 0 && { others: Number(one.others) }),
        ...(Number(none) !== 0 && { none: Number(one.none) }),
      },
    })),
  }
  return (
    <BarChart
      data={data}
      height={248}
      fileName={fileName}
      summary={`${sentence(figure)} by ${step}, grouped by ${by}, ${span}: ${counted(groupsInAll, 'group')}.`}
    />
  )
}
