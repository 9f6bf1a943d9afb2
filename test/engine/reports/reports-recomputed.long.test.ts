import { beforeAll, expect, it } from 'vitest'
import type { HistoryListInput } from '../../../src/contract/usage-history.ts'
import { fillDemo } from '../../../src/engine/demo/fill-demo.ts'
import type { Database } from '../../../src/storage/database.ts'
import { describeInProcessByForm, type Subject } from '../../behaviour/describe-tollgate.ts'

/**
 * Compares every figure of the demo's traffic with plain SQL over the raw events. The SQL is
 * deliberately independent: it uses no roll-up, no histogram and no statement of the engine.
 */

const DAYS = 40

/** In the reports' shape, from rows of `count(*)` and `sum(…)` as text. */
interface Sums {
  readonly events: string
  readonly errors: string
  readonly unpriced: string
  readonly credits: string
  readonly cost_usd: string
  readonly input_tokens: string
  readonly cached_input_tokens: string
  readonly output_tokens: string
  readonly reasoning_tokens: string
}

const SUMS = `
  sum(case when reverses is null then 1 else -1 end)::text as events,
  sum(case when status < 400 or status is null then 0
           when reverses is null then 1 else -1 end)::text as errors,
  sum(case when price_source is distinct from 'unpriced' then 0
           when reverses is null then 1 else -1 end)::text as unpriced,
  (sum(credits) / 1000000.0)::numeric::text as credits,
  coalesce(sum(cost_usd), 0)::text as cost_usd,
  coalesce(sum(input_tokens), 0)::text as input_tokens,
  coalesce(sum(cached_input_tokens), 0)::text as cached_input_tokens,
  coalesce(sum(output_tokens), 0)::text as output_tokens,
  coalesce(sum(reasoning_tokens), 0)::text as reasoning_tokens`

const plain = (decimal: string): string =>
  decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal

const figuresOf = (sums: Sums | undefined) => {
  const events = Number(sums?.events ?? 0)
  const errors = Number(sums?.errors ?? 0)
  return {
    events,
    errors,
    errorRate: events > 0 ? errors / events : null,
    unpriced: Number(sums?.unpriced ?? 0),
    credits: Number(sums?.credits ?? 0),
    costUsd: plain(sums?.cost_usd ?? '0'),
  }
}

const dayFiguresOf = (sums: Sums | undefined) => ({
  ...figuresOf(sums),
  inputTokens: Number(sums?.input_tokens ?? 0),
  cachedInputTokens: Number(sums?.cached_input_tokens ?? 0),
  outputTokens: Number(sums?.output_tokens ?? 0),
  reasoningTokens: Number(sums?.reasoning_tokens ?? 0),
  // The demo's calls report no other parts.
  parts: {},
})

/** The date in the zone of an event's hour. */
const DATE = `(date_trunc('hour', occurred_at) at time zone $2)::date::text`

const byDate = async (db: Database, organizationId: string, zone: string) => {
  const rows = await db.query<Sums & { date: string }>(
    `select ${DATE} as date, ${SUMS} from tollgate.events where organization_id = $1 group by 1`,
    [organizationId, zone],
  )
  return new Map(rows.map((row) => [row.date, row]))
}

const byEndpoint = (db: Database, organizationId: string, zone: string, dates: readonly string[]) =>
  db.query<Sums & { endpoint: string }>(
    `select endpoint, ${SUMS} from tollgate.events
     where organization_id = $1 and endpoint is not null and ${DATE} = any ($3::text[])
     group by 1 order by sum(case when reverses is null then 1 else -1 end) desc, endpoint`,
    [organizationId, zone, dates],
  )

describeInProcessByForm('the reports of the demo’s traffic', (subject) => {
  const ids: string[] = []

  beforeAll(async () => {
    const { tollgate, clock } = subject()
    const filled = await fillDemo(tollgate, {
      seed: 7,
      days: DAYS,
      organizations: 3,
      now: clock.now(),
    })
    ids.push(...filled.organizations.map(({ id }) => id))
    const [first = ''] = ids
    // Includes late events, reversed events, and events after a plan change.
    const { events } = await tollgate.usage.history({
      organizationId: first,
      limit: 40,
      startDate: '2026-03-01',
    })
    for (const { id } of events.slice(0, 3))
      await tollgate.reverse({ organizationId: first, eventId: id, reason: 'test' })
    await tollgate.organizations.update({ organizationId: first, plan: 'ai-workspace/enterprise' })
    const late = { organizationId: first, eventType: 'structuring_diagnose', endpoint: '/late' }
    await tollgate.record([
      { ...late, timestamp: '2026-03-03T23:59:59.999Z', durationMs: 70, status: 503 },
      { ...late, timestamp: '2026-03-08T06:59:59Z', model: 'no-such-model', inputTokens: 5 },
    ])
  }, 120_000)

  it.each(['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Chatham', 'Africa/Casablanca'])(
    'match the events by day of %s',
    async (timezone) => {
      const { tollgate, db } = subject()
      for (const id of ids) {
        const days = 35
        const report = await tollgate.usage.daily({ organizationId: id, days, timezone })
        const expected = await byDate(db, id, timezone)
        expect(report.days).toHaveLength(days)
        for (const { date, from: _, to: _to, hours: _hours, ...figures } of report.days) {
          expect({ date, ...figures }).toEqual({ date, ...dayFiguresOf(expected.get(date)) })
        }
        const [total] = await db.query<Sums>(
          `select ${SUMS} from tollgate.events where organization_id = $1
           and ${DATE} between $3::text and $4::text`,
          [id, timezone, report.days[0]?.date, report.days.at(-1)?.date],
        )
        expect(report.total).toEqual(dayFiguresOf(total))
        expect(report.total.events).toBeGreaterThan(100)
      }
    },
  )

  it.each(['UTC', 'America/New_York', 'Asia/Kolkata'])(
    'match the events by endpoint over days of %s',
    async (timezone) => {
      const { tollgate, db } = subject()
      for (const id of ids) {
        for (const days of [1, 9]) {
          const report = await tollgate.usage.endpoints({
            organizationId: id,
            days,
            timezone,
            limit: 200,
          })
          const { days: listed } = await tollgate.usage.daily({
            organizationId: id,
            days,
            timezone,
          })
          const dates = listed.map(({ date }) => date)
          const expected = await byEndpoint(db, id, timezone, dates)
          const said = report.endpoints.map(
            ({ timed: _, p50Ms: _50, p95Ms: _95, p99Ms: _99, ...rest }) => rest,
          )
          expect(said).toEqual(
            expected.map((row) => ({ endpoint: row.endpoint, ...figuresOf(row) })),
          )
          expect(report.endpointsInAll).toBe(expected.length)
          const top = await tollgate.usage.endpoints({
            organizationId: id,
            days,
            timezone,
            limit: 1,
          })
          expect(top.endpoints).toEqual(report.endpoints.slice(0, 1))
          expect(top.endpointsInAll).toBe(expected.length)
        }
      }
    },
  )

  it("have latencies within 10 % of the events' latencies", async () => {
    const { tollgate, db } = subject()
    for (const id of ids) {
      const { endpoints, latency } = await tollgate.usage.endpoints({
        organizationId: id,
        days: 30,
        limit: 200,
      })
      const rows = await db.query<{ endpoint: string; timed: number; at: number[] }>(
        `select endpoint, count(*)::float8 as timed,
                percentile_disc(array[0.5, 0.95, 0.99]) within group (order by duration_ms) as at
         from tollgate.events e
         where organization_id = $1 and endpoint is not null and duration_ms is not null
           and occurred_at >= $2 and occurred_at < $3 and reverses is null
           and not exists (select from tollgate.events r
                           where r.organization_id = $1 and r.reverses = e.id)
         group by 1`,
        [id, latency.from, latency.to],
      )
      expect(rows.length).toBeGreaterThan(0)
      for (const { endpoint, timed, at } of rows) {
        const said = endpoints.find((one) => one.endpoint === endpoint)
        expect(said?.timed).toBe(timed)
        for (const [n, value] of [said?.p50Ms, said?.p95Ms, said?.p99Ms].entries()) {
          const truth = at[n] as number
          expect(Math.abs((value ?? 0) - truth) / truth).toBeLessThanOrEqual(0.1)
        }
      }
    }
  })

  it('have histories that match the events, whatever the filter', async () => {
    const { tollgate, db } = subject()
    for (const id of ids) {
      for (const request of await requestsOf(subject(), id)) {
        const { summary } = await tollgate.usage.history({ organizationId: id, ...request })
        const [truth] = await db.query<{ events: string; credits: string; cost_usd: string }>(
          `select count(*)::text as events, (coalesce(sum(credits), 0) / 1000000.0)::text as credits,
                  coalesce(sum(cost_usd), 0)::text as cost_usd
           from tollgate.events where organization_id = $1
             and event_type = coalesce($2, event_type) and category = coalesce($3, category)
             and ($4::text is null or user_id = $4) and ($5::text is null or session_id = $5)
             and credits between coalesce($6::numeric * 1000000, credits)
                             and coalesce($7::numeric * 1000000, credits)
             and occurred_at >= coalesce($8::timestamptz, '2000-01-01')
             and occurred_at < coalesce($9::timestamptz, '2100-01-01')`,
          [
            ...[id, request.eventType ?? null, request.category ?? null, request.userId ?? null],
            ...[request.sessionId ?? null, request.minCredits ?? null, request.maxCredits ?? null],
            ...[request.startDate ?? null, request.endDate ?? null],
          ],
        )
        expect({ request, ...summary }).toEqual({
          request,
          events: Number(truth?.events),
          credits: Number(truth?.credits),
          costUsd: plain(truth?.cost_usd ?? ''),
        })
      }
    }
  })

  it('have every page of a history in event order, however far on', async () => {
    const { tollgate, db } = subject()
    const [id = ''] = ids
    const { events } = await tollgate.usage.history({ organizationId: id, page: 3, limit: 100 })
    const [{ eventType = '', category = '', userId = null } = {}] = events
    const range = { startDate: '2026-02-06T13:37:11Z', endDate: '2026-03-09T04:20:00Z' }
    const requests: HistoryListInput[] = [
      ...[{}, range, { eventType }, { category }, { userId: userId ?? '' }],
      { ...range, eventType },
    ]
    let far = 0
    for (const request of requests) {
      for (const sort of ['-occurredAt', 'occurredAt', '-credits', 'credits'] as const) {
        const direction = sort.startsWith('-') ? 'desc' : 'asc'
        const truth = await db.query<{ id: string }>(
          `select id from tollgate.events where organization_id = $1
             and event_type = coalesce($2, event_type) and category = coalesce($3, category)
             and ($4::text is null or user_id = $4)
             and occurred_at >= coalesce($5::timestamptz, '2000-01-01')
             and occurred_at < coalesce($6::timestamptz, '2100-01-01')
           order by ${sort.endsWith('credits') ? `credits ${direction},` : ''}
                    occurred_at ${direction}, id ${direction}`,
          [
            ...[id, request.eventType ?? null, request.category ?? null, request.userId ?? null],
            ...[request.startDate ?? null, request.endDate ?? null],
          ],
        )
        const pages = Math.ceil(truth.length / 90)
        for (let page = 1; page <= pages + 1; page += Math.max(1, Math.floor(pages / 9))) {
          const skip = (page - 1) * 90
          const shown = await tollgate.usage.history({
            organizationId: id,
            ...request,
            sort,
            page,
            limit: 90,
          })
          expect({ request, sort, page, ids: shown.events.map((event) => event.id) }).toEqual({
            request,
            sort,
            page,
            ids: truth.slice(skip, skip + 90).map((event) => event.id),
          })
          if (skip > 500 && shown.events.length > 0) far += 1
        }
      }
    }
    expect(far).toBeGreaterThan(20)
  })
})

/** Filters that match some of an organization's events: each alone, and all together. */
const requestsOf = async ({ tollgate }: Subject, id: string): Promise<HistoryListInput[]> => {
  const { events } = await tollgate.usage.history({ organizationId: id, page: 3, limit: 100 })
  return events.slice(0, 5).flatMap((event) => {
    const { eventType, category } = event
    const alone: HistoryListInput[] = [
      ...[{ eventType }, { category }, { minCredits: event.credits }],
      ...[{ maxCredits: event.credits }, { startDate: event.occurredAt }],
      ...[{ endDate: event.occurredAt }],
      ...(event.userId === null ? [] : [{ userId: event.userId }]),
      ...(event.sessionId === null ? [] : [{ sessionId: event.sessionId }]),
    ]
    const { endDate: _, ...together } = Object.assign({}, ...alone)
    return [{}, ...alone, together]
  })
}
