import { expect, it } from 'vitest'
import { PRICE_LIBRARY } from '../../src/engine/catalog/price-library.ts'
import { tellEvents } from '../../src/storage/tables/domain-events.ts'
import { toldOf } from './alert-steps.ts'
import { alertsOnly } from './alerts-catalog.ts'
import { describeEngine } from './describe-engine.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describeEngine('rules that a job evaluates', alertsOnly, (subject) => {
  const kindsOf = async (organizationId: string | null, rule: string) =>
    (await toldOf(subject().tollgate, organizationId))
      .filter((one) => one.rule === rule)
      .map(({ kind }) => kind)
  /** Advances the clock and runs the alert evaluation job. */
  const turn = async (byMs: number) => {
    const { clock, db, tollgate } = subject()
    await clock.advance(byMs)
    const isIdle = async () => {
      const { jobs } = await tollgate.jobs.list()
      return jobs.find(({ job }) => job === 'evaluate-alerts')?.lastOutcome !== 'running'
    }
    await expect.poll(isIdle).toBe(true)
    await db.query('update tollgate.alert_epoch set due_at = null')
    const { id: runId } = await tollgate.jobs.run({ job: 'evaluate-alerts' })
    await expect.poll(async () => (await tollgate.jobs.get({ runId })).outcome).toBe('done')
    await expect.poll(isIdle).toBe(true)
  }
  const watched = async (rule: object) => {
    const { tollgate, organization } = subject()
    const id = await organization('watched/unlimited', '2026-01-01T00:00:00Z')
    await tollgate.alerts.create({ organizationId: id, ...rule } as never)
    return id
  }
  const calls = (organizationId: string, count: number, more: object) =>
    subject().tollgate.record(
      Array.from({ length: count }, () => ({
        organizationId,
        eventType: 'call',
        endpoint: '/chat',
        timestamp: subject().clock.now().toISOString(),
        ...more,
      })),
    )

  it('fire on error rates of past minutes, and recover, at most once an hour', async () => {
    const id = await watched({ kind: 'error_rate', endpoint: '/chat' })
    const minute = async (status: number) => {
      await calls(id, 20, { status })
      await turn(MINUTE_MS)
    }
    for (let n = 0; n < 3; n += 1) await minute(500)
    expect(await kindsOf(id, 'error_rate')).toEqual([])
    await minute(200)
    expect(await kindsOf(id, 'error_rate')).toEqual(['fired'])
    for (let n = 0; n < 6; n += 1) await minute(200)
    expect(await kindsOf(id, 'error_rate')).toEqual(['fired', 'recovered'])
    for (let n = 0; n < 4; n += 1) await minute(500)
    expect(await kindsOf(id, 'error_rate')).toEqual(['fired', 'recovered'])
    const [fired] = (await toldOf(subject().tollgate, id)).filter(
      ({ rule }) => rule === 'error_rate',
    )
    expect(fired).toMatchObject({ subject: '/chat', value: '100', threshold: '5', unit: 'percent' })
  })

  it('fire on a percentile of durations with enough timed calls', async () => {
    const id = await watched({
      kind: 'latency',
      percentile: 50,
      badMinutes: 1,
      ofMinutes: 1,
      goodMinutes: 1,
      thresholds: [{ at: 800, severity: 'critical' }],
    })
    await calls(id, 19, { durationMs: 5_000 })
    await turn(2 * MINUTE_MS)
    expect(await kindsOf(id, 'latency')).toEqual([])
    await calls(id, 20, { durationMs: 800 })
    await turn(MINUTE_MS)
    await turn(MINUTE_MS)
    expect((await kindsOf(id, 'latency')).slice(0, 1)).toEqual(['fired'])
  })

  it('fire on a forecast after two runs in a row, once a window, and withdraw it once', async () => {
    const { tollgate, organization, clock } = subject()
    await clock.set('2026-05-01T00:30:00Z')
    const id = await organization('watched/unlimited', '2026-01-01T00:00:00Z')
    await tollgate.limits.override({
      organizationId: id,
      meter: 'calls',
      window: 'month',
      max: 300,
      behavior: 'soft',
      reason: 'a test',
    })
    const use = (count: number) =>
      tollgate.record({ organizationId: id, eventType: 'use', quantities: { calls: count } })
    for (let day = 0; day < 8; day += 1) {
      await use(15)
      await turn(DAY_MS)
    }
    expect(await kindsOf(id, 'limit_forecast')).toEqual(['fired'])
    const forecast = (await toldOf(tollgate, id)).find(({ rule }) => rule === 'limit_forecast')
    expect(forecast).toMatchObject({
      subject: 'calls/month',
      threshold: '300',
      maximum: '300',
      severity: 'warning',
      windowStart: '2026-05-01T00:00:00.000Z',
      windowEnd: '2026-06-01T00:00:00.000Z',
    })
    for (let day = 0; day < 16; day += 1) await turn(DAY_MS)
    expect(await kindsOf(id, 'limit_forecast')).toEqual(['fired', 'recovered'])
    const events = await toldOf(tollgate, id)
    expect(events.findLast(({ rule }) => rule === 'limit_forecast')?.title).toMatch(
      /^No longer expected: /,
    )
  })

  it('fire on an unusual day, and recover with the next usual one', async () => {
    const id = await watched({ kind: 'anomaly', meter: 'calls' })
    const use = (count: number) =>
      subject().tollgate.record({
        organizationId: id,
        eventType: 'use',
        quantities: { calls: count },
      })
    for (let day = 0; day < 23; day += 1) {
      await use(100 + (day % 3))
      await subject().clock.advance(DAY_MS)
    }
    await turn(HOUR_MS)
    expect(await kindsOf(id, 'anomaly')).toEqual([])
    await use(1_000)
    await turn(DAY_MS)
    expect(await kindsOf(id, 'anomaly')).toEqual(['fired'])
    await use(101)
    await turn(DAY_MS)
    expect(await kindsOf(id, 'anomaly')).toEqual(['fired', 'recovered'])
  })

  it('fire on calls without a price, and recover after a day without any', async () => {
    const { organization } = subject()
    const id = await organization('watched/unlimited')
    await calls(id, 2, { provider: 'nobody', model: 'no-such-model', inputTokens: 1 })
    await turn(HOUR_MS)
    expect(await kindsOf(id, 'unpriced_calls')).toEqual(['fired'])
    await turn(DAY_MS + HOUR_MS)
    await turn(HOUR_MS)
    expect(await kindsOf(id, 'unpriced_calls')).toEqual(['fired', 'recovered'])
  })

  it('fire on a failed job, once until it succeeds', async () => {
    const { db, clock, tollgate } = subject()
    const fails = async () =>
      tellEvents(db, [
        {
          organizationId: null,
          kind: 'job.failed',
          subject: 'job:doctor',
          data: { job: 'doctor', scheduledFor: clock.now().toISOString(), error: 'Error: away' },
          occurredAt: clock.now(),
        },
      ])
    await fails()
    await clock.advance(1_000)
    await fails()
    expect(await kindsOf(null, 'job_failed')).toEqual(['fired'])
    const run = await tollgate.jobs.run({ job: 'doctor' })
    await expect.poll(async () => (await tollgate.jobs.get({ runId: run.id })).outcome).toBe('done')
    await turn(MINUTE_MS)
    expect(await kindsOf(null, 'job_failed')).toEqual(['fired', 'recovered'])
  })

  it('fire again on a per-process job that succeeded in between', async () => {
    const { db, clock } = subject()
    const about = { job: 'send-deliveries', node: 'a' }
    const tells = async (kind: 'job.failed' | 'job.recovered', more: object) => {
      await clock.advance(1_000)
      const at = clock.now()
      const data = { ...about, scheduledFor: at.toISOString(), ...more }
      const of = { organizationId: null, subject: 'job:send-deliveries', occurredAt: at }
      await tellEvents(db, [{ ...of, kind, data }])
    }
    const before = (await kindsOf(null, 'job_failed')).length
    const since = clock.now().toISOString()
    await tells('job.failed', { error: 'Error: away' })
    await tells('job.recovered', { failingSince: since, failures: 60 })
    await tells('job.failed', { error: 'Error: away again' })
    const kinds = await kindsOf(null, 'job_failed')
    expect(kinds.slice(before)).toEqual(['fired', 'recovered', 'fired'])
  })

  it('fire once on the age of the bundled model prices', async () => {
    const { clock } = subject()
    const born = new Date(PRICE_LIBRARY.publishedAt).getTime()
    await clock.set(new Date(born + 60 * DAY_MS))
    await turn(HOUR_MS)
    await turn(HOUR_MS)
    expect(await kindsOf(null, 'prices_age')).toEqual(['fired'])
    const told = await toldOf(subject().tollgate, null)
    expect(told.at(-1)).toMatchObject({ value: '60', threshold: '60', severity: 'info' })
  })
})
