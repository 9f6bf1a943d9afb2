import { DAY_MS, type DailyTotals } from '../../../src/core/insight/daily-totals.ts'
import { forecastPeriod } from '../../../src/core/insight/forecast.ts'
import { sum } from '../../../src/core/insight/robust-statistics.ts'
import { MADE_KINDS, type MadeKind, madeSeries } from './made-series.ts'

/** A forecast to evaluate: days from `start` to before `end`, made at midnight before `origin`. */
interface Case extends DailyTotals {
  readonly start: number
  readonly end: number
  readonly origin: number
}

/** Mean absolute percentage errors of the period's total, and the band's coverage and width. */
export interface Judgement {
  readonly cases: number
  readonly ours: number
  /** Use so far / elapsed × length. */
  readonly straightLine: number
  /** Repeats the last seven days. */
  readonly lastWeek: number
  /** Percentage of totals within the 80 % band. */
  readonly covered: number
  /** Mean width of the band in per cent of the total. */
  readonly width: number
}

/** A Monday, in a year whose months have all lengths. */
const MADE_FROM_MS = Date.UTC(2024, 0, 1)
const MADE_DAYS = 215
/** "Last week" needs one week. */
const LEAST_HISTORY_DAYS = 7

/** Every calendar month, and every 30 days from each tenth day, at several days into each. */
export const rollingCases = (
  series: DailyTotals,
  elapsedDays: readonly number[],
): readonly Case[] =>
  [...months(series), ...thirties(series)]
    .flatMap(({ start, end }) =>
      elapsedDays.map((elapsed) => ({ ...series, start, end, origin: start + elapsed })),
    )
    .filter(({ origin, end }) => origin >= LEAST_HISTORY_DAYS && origin < end)

const months = ({ firstDayMs, totals }: DailyTotals) => {
  const first = new Date(firstDayMs)
  const dayOf = (month: number) =>
    (Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + month, 1) - firstDayMs) / DAY_MS
  return Array.from({ length: Math.ceil(totals.length / 28) }, (_, month) => ({
    start: dayOf(month),
    end: dayOf(month + 1),
  })).filter(({ start, end }) => start >= 0 && end <= totals.length)
}

const thirties = ({ totals }: DailyTotals) =>
  Array.from({ length: Math.floor((totals.length - 30) / 10) + 1 }, (_, index) => ({
    start: index * 10,
    end: index * 10 + 30,
  }))

const madeCases = (
  kind: MadeKind,
  seeds: number,
  elapsedDays: readonly number[],
): readonly Case[] =>
  Array.from({ length: seeds }, (_, seed) => madeSeries(kind, seed, MADE_DAYS)).flatMap((totals) =>
    rollingCases({ firstDayMs: MADE_FROM_MS, totals }, elapsedDays),
  )

/**
 * Eight days after an organization joined, on any weekday, in a period that began within those
 * days.
 */
const eightDayCases = (kind: MadeKind, seeds: number): readonly Case[] =>
  Array.from({ length: seeds }, (_, seed) => seed).flatMap((seed) => {
    const totals = madeSeries(kind, 1_000 + seed, 50).slice(seed % 7)
    return [0, 2, 4].map((start) => ({
      firstDayMs: MADE_FROM_MS + (seed % 7) * DAY_MS,
      totals,
      start,
      end: start + 30,
      origin: 8,
    }))
  })

/** All series by name, from this many seeds each: the generated ones, and eight days of each. */
export const madeSubjects = (
  seeds: number,
  elapsedDays: readonly number[],
): ReadonlyMap<string, readonly Case[]> =>
  new Map([
    ...MADE_KINDS.map((kind) => [kind, madeCases(kind, seeds, elapsedDays)] as const),
    ['eight days of history', MADE_KINDS.flatMap((kind) => eightDayCases(kind, 8 * seeds))],
  ])

/** Excludes periods without use, because they have no percentage error. */
export const judge = (all: readonly Case[]): Judgement => {
  const results = all.flatMap((one) => {
    const total = sum(one.totals.slice(one.start, one.end))
    if (total === 0) return []
    const percent = (value: number) => (100 * Math.abs(value - total)) / total
    const { total: ours, low, high } = forecastOf(one)
    return [
      {
        ours: percent(ours),
        straightLine: percent(straightLine(one)),
        lastWeek: percent(lastWeek(one)),
        covered: low <= total && total <= high ? 100 : 0,
        width: (100 * (high - low)) / total,
      },
    ]
  })
  const mean = (of: keyof (typeof results)[number]) =>
    sum(results.map((result) => result[of])) / results.length
  return {
    cases: results.length,
    ours: mean('ours'),
    straightLine: mean('straightLine'),
    lastWeek: mean('lastWeek'),
    covered: mean('covered'),
    width: mean('width'),
  }
}

const forecastOf = ({ firstDayMs, totals, start, end, origin }: Case) =>
  forecastPeriod(
    { firstDayMs, totals: totals.slice(0, origin) },
    { startMs: firstDayMs + start * DAY_MS, endMs: firstDayMs + end * DAY_MS },
  )

const straightLine = ({ totals, start, end, origin }: Case): number =>
  (sum(totals.slice(start, origin)) / (origin - start)) * (end - start)

const lastWeek = ({ totals, start, end, origin }: Case): number =>
  sum(totals.slice(start, origin)) +
  sum(Array.from({ length: end - origin }, (_, day) => totals[origin - 7 + (day % 7)] ?? 0))
