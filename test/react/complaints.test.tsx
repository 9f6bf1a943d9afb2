import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { BarChart } from '../../src/react/charts/bar-chart.tsx'
import { BurnDown } from '../../src/react/charts/burn-down.tsx'
import { LimitBar } from '../../src/react/charts/limit-bar.tsx'
import { amountScale } from '../../src/react/charts/scale.ts'
import { type ChartData, csvOf } from '../../src/react/charts/series.ts'
import { limitSentence, STANDING_TEXT, standingOf } from '../../src/react/format/index.ts'

/** Common complaints about pages of this kind, each with the behaviour of this one. */

const HEIGHT = 220

const chartOf = (values: readonly (number | null)[], isCount = true): ChartData => ({
  series: [{ key: 'calls', name: 'Calls', hue: 1 }],
  buckets: values.map((calls, day) => ({
    key: `2026-11-${String(day + 1).padStart(2, '0')}`,
    label: `${day + 1} Nov`,
    longLabel: `${day + 1} Nov 2026`,
    complete: day < values.length - 1,
    values: { calls },
  })),
  unit: 'calls',
  isCount,
  short: String,
  full: String,
})

const drawn = (data: ChartData): string =>
  renderToString(<BarChart data={data} summary="Calls by day." fileName="calls" height={HEIGHT} />)

/** The heights and lower ends of the bars, in pixels. */
const barsOf = (html: string) =>
  [...html.matchAll(/<rect[^>]*class="tg-hue-1"[^>]*>/g)]
    .map(([rect]) => ({
      y: Number(/ y="([\d.]+)"/.exec(rect)?.[1]),
      height: Number(/ height="([\d.]+)"/.exec(rect)?.[1]),
    }))
    .filter(({ height }) => height !== 10)

describe('zero and missing', () => {
  it('draws an empty axis if all values are zero', () => {
    const html = drawn(chartOf([0, 0, 0]))
    expect(barsOf(html)).toEqual([])
    expect(html).toMatch(/class="tg-tick"[^>]*>0</)
    expect(html).toContain('3 Nov')
    expect(html).not.toMatch(/NaN|Infinity/)
  })

  it('draws a single day as one full bar, with integer ticks only', () => {
    expect(barsOf(drawn(chartOf([1])))).toHaveLength(1)
    for (const most of [1, 2, 3, 5, 7]) {
      const { ticks, top } = amountScale(most, { height: HEIGHT, isCount: true })
      expect(ticks.every(Number.isInteger)).toBe(true)
      expect(new Set(ticks).size).toBe(ticks.length)
      expect(top).toBeGreaterThanOrEqual(most)
    }
  })

  it('draws no bar for a gap in a mean, and exports no figure', () => {
    const data = chartOf([4, null, 0], false)
    expect(barsOf(drawn(data))).toHaveLength(1)
    expect(csvOf(data).split('\n').slice(1)).toEqual([
      ...['"2026-11-01","4"', '"2026-11-02",""', '"2026-11-03","0"'],
    ])
  })

  it('draws a limit of 0 as a limit, and none where there is no maximum', () => {
    const level = {
      outlook: null,
      summary: 'Level.',
      fileName: 'level',
      maxLabel: '0 a day',
      data: { ...chartOf([0]), series: [{ key: 'used', name: 'Used', hue: 1 }] },
    }
    expect(renderToString(<BurnDown {...level} max={0} />)).toContain('class="tg-max"')
    expect(renderToString(<BurnDown {...level} max={null} />)).not.toContain('class="tg-max"')
    expect(renderToString(<LimitBar state="reached" used={0} max={0} label="0 of 0" />)).toContain(
      'aria-label="0 of 0"',
    )
    expect(renderToString(<LimitBar state="unlimited" used={7} max={null} label="7" />)).toBe('')
  })
})

describe('an axis', () => {
  it('starts at zero, however little its values differ', () => {
    const bars = barsOf(drawn(chartOf([1_000, 1_001, 999])))
    expect(new Set(bars.map(({ y, height }) => Math.round(y + height))).size).toBe(1)
    const [one, other] = bars.map(({ height }) => height) as [number, number]
    expect(other / one).toBeCloseTo(1.001, 2)
    expect(amountScale(1_001, { height: HEIGHT, isCount: true }).ticks[0]).toBe(0)
  })
})

describe('an incomplete day', () => {
  it('is hatched on the chart and named so far in its legend', () => {
    const html = drawn(chartOf([5, 3]))
    expect(html.match(/fill="url\(#/g)).toHaveLength(1)
    expect(html).toContain('hatched: so far')
  })
})

describe('an export', () => {
  it('matches the chart: the bars are proportional to the table’s figures', () => {
    const values = [12, 30, 7, 21]
    const data = chartOf(values)
    const written = csvOf(data)
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split('","')[1]?.replace('"', '')))
    expect(written).toEqual(values)
    const heights = barsOf(drawn(data)).map(({ height }) => height)
    for (const [index, value] of values.entries()) {
      expect((heights[index] ?? 0) / (heights[0] ?? 1)).toBeCloseTo(value / 12, 1)
    }
  })
})

describe('limits past their maximum, and unlimited ones', () => {
  const limit = { meter: 'tokens', window: 'day', used: 12, percentageUsed: 120 } as const
  const STORIES = [
    { ...limit, behavior: 'hard', max: 10 },
    { ...limit, behavior: 'soft', max: 10 },
    { ...limit, behavior: 'overage', max: 10 },
    { ...limit, behavior: 'hard', max: null, percentageUsed: null },
  ] as const

  it('differ by text, beside the bar and for screen readers', () => {
    const words = STORIES.map((story) => STANDING_TEXT[standingOf(story)])
    expect(words).toEqual(['refusing', 'past, only warns', 'billing overage', 'unlimited'])
    expect(new Set(STORIES.map(limitSentence)).size).toBe(STORIES.length)
  })

  it('differ by shape: past the maximum a bar has stripes and a mark', () => {
    const barOf = (used: number) =>
      renderToString(<LimitBar state="ok" used={used} max={10} label="a limit" />)
    expect(barOf(12)).toContain('tg-limit__over')
    expect(barOf(12)).toContain('tg-limit__max')
    expect(barOf(10)).not.toContain('tg-limit__over')
  })

  it('have the API’s status, whatever the rounded percentage', () => {
    const almost = { behavior: 'hard', max: 10_000, percentageUsed: 99.999_99 } as const
    expect(standingOf(almost)).toBe('near')
    expect(standingOf({ ...almost, percentageUsed: 100 })).toBe('reached')
  })
})
