import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DailyTotals } from '../../../src/core/insight/daily-totals.ts'

const FILE = fileURLToPath(
  new URL('../../../../shared/data/daily-demand-nyc-taxi-2014.csv', import.meta.url),
)

/** Daily taxi passengers in New York, July 2014 to January 2015, if the file is present. */
export const realDemand = (): DailyTotals | undefined => {
  if (!existsSync(FILE)) {
    const line = '!'.repeat(78)
    console.warn(
      [
        '',
        line,
        '!!! FORECASTS AND ANOMALIES ARE NOT JUDGED ON REAL DEMAND in this run, only on made ones.',
        `!!! Why: there is no file ${FILE}.`,
        line,
        '',
      ].join('\n'),
    )
    return undefined
  }
  const rows = readFileSync(FILE, 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((row) => row.split(','))
  return {
    firstDayMs: Date.parse(rows[0]?.[0] ?? ''),
    totals: rows.map(([, uses]) => Number(uses)),
  }
}
