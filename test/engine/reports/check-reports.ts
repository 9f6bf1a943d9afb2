import { expect } from 'vitest'
import type { Checked } from './check-organization.ts'
import { rawFigures } from './raw-figures.ts'

/** Compares the reports by day and by endpoint with separate SQL over the raw events. */

const NOTHING = {
  events: 0,
  errors: 0,
  unpriced: 0,
  credits: 0,
  costUsd: '0',
  inputTokens: 0,
  outputTokens: 0,
}

/** Returns the number of events over all days. */
export const checkDaily = async (
  { tollgate, db }: Checked,
  organizationId: string,
  timezone: string,
): Promise<number> => {
  const { days, total } = await tollgate.usage.daily({ organizationId, days: 30, timezone })
  expect(days).toHaveLength(30)
  const range = { organizationId, from: days[0]?.from ?? '', to: days.at(-1)?.to ?? '' }
  const raw = await rawFigures(db, 'day', range, timezone)
  for (const { date, from: _, to: _to, hours: _hours, ...figures } of days) {
    expect({ date, ...figures }).toMatchObject({ date, ...(raw.get(date) ?? NOTHING) })
  }
  const all = (await rawFigures(db, 'all', range)).get('')
  expect(total).toMatchObject(all ?? NOTHING)
  return total.events
}

interface RawEndpoint {
  readonly endpoint: string
  readonly events: number
  readonly errors: number
  readonly unpriced: number
  readonly credits: number
  readonly cost: string
  readonly timed: number
  readonly percentiles: number[]
}

/** Returns the number of calls over all endpoints. Percentiles are within 10 %. */
export const checkEndpoints = async (
  { tollgate, db }: Checked,
  organizationId: string,
  timezone: string,
): Promise<number> => {
  const asked = { days: 30, timezone, limit: 200 }
  const { endpoints, endpointsInAll, from, to } = await tollgate.usage.endpoints({
    organizationId,
    ...asked,
  })
  const rows = await db.query<RawEndpoint>(
    `select endpoint, count(*)::integer as events,
            (count(*) filter (where status >= 400))::integer as errors,
            (count(*) filter (where price_source = 'unpriced'))::integer as unpriced,
            (sum(credits) / 1000000.0)::float8 as credits,
            trim_scale(coalesce(sum(cost_usd), 0))::text as cost,
            count(duration_ms)::integer as timed,
            percentile_disc(array[0.5, 0.95, 0.99]) within group (order by duration_ms)
              as percentiles
     from tollgate.events
     where organization_id = $1 and endpoint is not null and occurred_at >= $2 and occurred_at < $3
     group by 1 order by 2 desc, 1`,
    [organizationId, new Date(from), new Date(to)],
  )
  expect(endpointsInAll).toBe(rows.length)
  expect(endpoints.map(({ endpoint }) => endpoint)).toEqual(rows.map(({ endpoint }) => endpoint))
  for (const [place, { cost, percentiles, ...row }] of rows.entries()) {
    const said = endpoints[place]
    expect(said).toMatchObject({ ...row, costUsd: cost })
    const values = [said?.p50Ms, said?.p95Ms, said?.p99Ms]
    for (const [n, truth] of percentiles.entries()) {
      expect(Math.abs((values[n] ?? 0) - truth) / truth).toBeLessThanOrEqual(0.1)
    }
  }
  return rows.reduce((sum, { events }) => sum + events, 0)
}
