import { it } from 'vitest'
import {
  type Judgement,
  judge,
  madeSubjects,
  rollingCases,
} from '../test/core/insight/forecast-judgement.ts'
import { realDemand } from '../test/core/insight/real-demand.ts'
import { machine, thousands } from './report.ts'

/**
 * The accuracy of a period's forecast, on real demand and on generated series, compared with a
 * straight line and with repeating the last week. It forecasts on many days of calendar months and
 * of 30-day periods from the data of that day, and compares with the later actual total.
 */

const SEEDS = Number(process.env.BENCH_FORECAST_SEEDS ?? 6)
const ELAPSED_DAYS = [3, 6, 9, 12, 15, 18, 21, 24, 27]
const MOST_LOST = 1.05
const LEAST_COVERED = 70
const MOST_COVERED = 90

it('forecasts the total of a period', () => {
  const real = realDemand()
  const subjects = [...madeSubjects(SEEDS, ELAPSED_DAYS)]
  if (real) subjects.unshift(['real demand', rollingCases(real, ELAPSED_DAYS)])
  const start = process.hrtime.bigint()
  const results = subjects.map(([name, cases]) => ({ name, ...judge(cases) }))
  const elapsedMs = Number(process.hrtime.bigint() - start) / 1e6
  const forecasts = results.reduce((count, { cases }) => count + cases, 0)
  console.log(
    [
      '',
      `${machine()}; ${(elapsedMs / forecasts).toFixed(1)} ms a forecast`,
      '',
      '| | forecasts | Tollgate | straight line | last week again | in the 80 % band | its width |',
      '|---|---|---|---|---|---|---|',
      ...results.map(rowOf),
      '',
    ].join('\n'),
  )
  const faults = results.flatMap(faultsOf)
  if (faults.length > 0) throw new Error(faults.join('\n'))
})

const rowOf = (result: Judgement & { readonly name: string }): string => {
  const { name, cases, ours, straightLine, lastWeek, covered, width } = result
  const percents = [ours, straightLine, lastWeek].map((value) => `${value.toFixed(2)} %`)
  const band = [covered, width].map((value) => `${value.toFixed(0)} %`)
  return `| ${[name, thousands(cases), ...percents, ...band].join(' | ')} |`
}

const faultsOf = (result: Judgement & { readonly name: string }): string[] => {
  const { name, ours, straightLine, lastWeek, covered } = result
  const faults: string[] = []
  const allowed = (name === 'real demand' ? 1 : MOST_LOST) * Math.min(straightLine, lastWeek)
  if (ours >= allowed) faults.push(`${name}: ${ours} is not below ${allowed}`)
  if (covered < LEAST_COVERED || covered > MOST_COVERED) {
    faults.push(`${name}: the band holds ${covered} % of the totals`)
  }
  return faults
}
