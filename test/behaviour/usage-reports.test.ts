import { describe, expect, it } from 'vitest'
import type { LiveUsage } from '../../src/contract/usage-reports.ts'
import { eventually } from '../setup/eventually.ts'
import { describeTollgate } from './describe-tollgate.ts'

/** Earlier than all use in these tests; on the same day of the month as their first. */
const LONG_AGO = '2025-01-10T12:00:00Z'

const EVENT = { eventType: 'structuring_diagnose', endpoint: '/diagnose' }

describeTollgate("an organization's reports", (subject) => {
  it('show zeros for an organization without events', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    const daily = await tollgate.usage.daily({ organizationId: id })
    expect(daily).toMatchObject({
      organizationId: id,
      timezone: 'UTC',
      windowsIn: 'UTC',
      dayStarts: 'exact',
      from: '2026-02-09T00:00:00.000Z',
      to: '2026-03-11T00:00:00.000Z',
      total: { events: 0, errors: 0, errorRate: null, credits: 0, costUsd: '0' },
    })
    expect(daily.days).toHaveLength(30)
    expect(daily.days.every((day) => day.events === 0 && day.hours === 24)).toBe(true)
    const endpoints = await tollgate.usage.endpoints({ organizationId: id })
    expect(endpoints).toMatchObject({ endpoints: [], endpointsInAll: 0 })
    for (const report of ['daily', 'endpoints'] as const) {
      const refused = tollgate.usage[report]({ organizationId: 'nobody' })
      await expect(refused).rejects.toMatchObject({ code: 'not_found' })
    }
  })

  it('show a single event exactly', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    await tollgate.record({ ...EVENT, organizationId: id, status: 500, durationMs: 100 })
    const { days, total } = await tollgate.usage.daily({ organizationId: id, days: 2 })
    expect(days[1]).toMatchObject({ date: '2026-03-10', events: 1, errors: 1, errorRate: 1 })
    expect(total).toMatchObject({ events: 1, credits: days[1]?.credits })
    const { endpoints } = await tollgate.usage.endpoints({ organizationId: id })
    expect(endpoints).toMatchObject([{ endpoint: '/diagnose', events: 1, errorRate: 1, timed: 1 }])
    const [{ p50Ms, p99Ms } = { p50Ms: 0, p99Ms: 0 }] = endpoints
    expect(Math.abs((p50Ms ?? 0) - 100)).toBeLessThanOrEqual(10)
    expect(p99Ms).toBe(p50Ms)
  })

  it("count late events on the zone's day in which they happened", async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    // In Berlin, clocks moved forward on 2026-03-29. Before that a day begins at 23:00 UTC.
    for (const timestamp of ['2026-03-06T22:59:59.999Z', '2026-03-06T23:00:00Z']) {
      await tollgate.record({ ...EVENT, organizationId: id, timestamp })
    }
    const days = async (timezone: string) =>
      (await tollgate.usage.daily({ organizationId: id, days: 5, timezone })).days
        .filter(({ events }) => events > 0)
        .map(({ date, events }) => [date, events])
    expect(await days('UTC')).toEqual([['2026-03-06', 2]])
    expect(await days('Europe/Berlin')).toEqual([
      ['2026-03-06', 1],
      ['2026-03-07', 1],
    ])
    const { dayStarts } = await tollgate.usage.daily({
      organizationId: id,
      timezone: 'Asia/Kathmandu',
    })
    expect(dayStarts).toBe('next_hour')
  })

  it('have a day of 23 hours when clocks move forward', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    const timestamps = ['2026-03-08T04:59:59Z', '2026-03-08T05:00:00Z', '2026-03-09T03:59:59Z']
    for (const timestamp of timestamps) {
      await tollgate.record({ ...EVENT, organizationId: id, timestamp })
    }
    const timezone = 'America/New_York'
    const { days } = await tollgate.usage.daily({ organizationId: id, days: 4, timezone })
    expect(days.map(({ date, hours, events }) => [date, hours, events])).toEqual([
      ['2026-03-07', 24, 1],
      ['2026-03-08', 23, 2],
      ['2026-03-09', 24, 0],
      ['2026-03-10', 24, 0],
    ])
  })

  it('continue over a plan change', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/free', LONG_AGO)
    await tollgate.record({ ...EVENT, organizationId: id, timestamp: '2026-03-09T10:00:00Z' })
    await tollgate.organizations.update({ organizationId: id, plan: 'ai-workspace/professional' })
    await tollgate.record({ ...EVENT, organizationId: id })
    const { days, total } = await tollgate.usage.daily({ organizationId: id, days: 2 })
    expect(days.map(({ events }) => events)).toEqual([1, 1])
    expect(total.credits).toBe(
      (await tollgate.usage.history({ organizationId: id })).summary?.credits,
    )
  })

  it('count a reversed event as if it had never happened', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    await tollgate.record({ ...EVENT, organizationId: id, id: 'wrong', durationMs: 9_000 })
    await tollgate.record({ ...EVENT, organizationId: id, id: 'right', durationMs: 10 })
    await tollgate.reverse({ organizationId: id, eventId: 'wrong', reason: 'test' })
    const { endpoints } = await tollgate.usage.endpoints({ organizationId: id })
    expect(endpoints).toMatchObject([{ events: 1, timed: 1 }])
    expect(endpoints[0]?.p99Ms).toBeLessThan(12)
  })

  it('refuse an unlisted value, and name the field', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    const cases: [object, string][] = [
      [{ days: 0 }, 'days'],
      [{ days: 401 }, 'days'],
      [{ days: 1e9 }, 'days'],
      [{ timezone: 'Mars/Olympus' }, 'timezone'],
      [{ timezone: '+01:00' }, 'timezone'],
      [{ colour: 'red' }, 'colour'],
    ]
    for (const [request, field] of cases) {
      for (const report of ['daily', 'endpoints'] as const) {
        const refused = tollgate.usage[report]({ organizationId: id, ...request })
        await expect(refused, `${report} ${JSON.stringify(request)}`).rejects.toMatchObject({
          code: 'invalid_request',
          faults: [expect.objectContaining({ field })],
        })
      }
    }
    const refused = tollgate.usage.endpoints({ organizationId: id, limit: 1e9 })
    await expect(refused).rejects.toMatchObject({ faults: [{ field: 'limit' }] })
  })

  describe('live', () => {
    const iteratorOf = (feed: AsyncIterable<LiveUsage>) => feed[Symbol.asyncIterator]()

    it('send the state at once, and after every change', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization('ai-workspace/professional', LONG_AGO)
      const feed = iteratorOf(await tollgate.usage.live({ organizationId: id }))
      const first = (await feed.next()).value as LiveUsage
      expect(first.figures).toEqual(await tollgate.usage.current({ organizationId: id }))
      await tollgate.record({ ...EVENT, organizationId: id })
      await clock.advance(1_000)
      const second = (await feed.next()).value as LiveUsage
      expect(second.figures.month.events).toBe(1)
      expect(second.id).not.toBe(first.id)
      await feed.return?.()
    })

    it('send a slow reader only the latest state', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization('ai-workspace/professional', LONG_AGO)
      const slow = iteratorOf(await tollgate.usage.live({ organizationId: id }))
      const quick = iteratorOf(await tollgate.usage.live({ organizationId: id }))
      await quick.next()
      await slow.next()
      for (let n = 1; n <= 4; n++) {
        await tollgate.record({ ...EVENT, organizationId: id })
        const told = quick.next()
        await clock.advance(1_000)
        expect(((await told).value as LiveUsage).figures.month.events).toBe(n)
      }
      expect(((await slow.next()).value as LiveUsage).figures.month.events).toBe(4)
      await Promise.all([slow.return?.(), quick.return?.()])
    })

    it('continue after the last seen event', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization('ai-workspace/professional', LONG_AGO)
      const feed = iteratorOf(await tollgate.usage.live({ organizationId: id }))
      const { id: after } = (await feed.next()).value as LiveUsage
      await feed.return?.()
      const again = iteratorOf(await tollgate.usage.live({ organizationId: id, after }))
      const told = again.next()
      await tollgate.record({ ...EVENT, organizationId: id })
      await clock.advance(1_000)
      expect(((await told).value as LiveUsage).figures.month.events).toBe(1)
      await again.return?.()
    })

    it('do not repeat themselves while a rate is unused', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization('rag-chatbot/starter', LONG_AGO)
      const feed = iteratorOf(await tollgate.usage.live({ organizationId: id }))
      await feed.next()
      let told: LiveUsage | undefined
      const next = feed.next().then(({ value }) => {
        told = value
      })
      for (let n = 0; n < 3; n++) await clock.advance(1_000)
      await clock.advance(60_000)
      await tollgate.record({ eventType: 'api_call', organizationId: id })
      await eventually(async () => {
        await clock.advance(1_000)
        expect(told).toBeDefined()
      })
      expect(told?.figures.month.events).toBe(1)
      await next
      await feed.return?.()
    })

    it('are limited in number per organization', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('ai-workspace/professional', LONG_AGO)
      const feeds = await Promise.all(
        Array.from({ length: 50 }, async () =>
          iteratorOf(await tollgate.usage.live({ organizationId: id })),
        ),
      )
      await expect(tollgate.usage.live({ organizationId: id })).rejects.toMatchObject({
        code: 'too_many_streams',
      })
      const other = await organization('ai-workspace/professional', LONG_AGO)
      const elsewhere = iteratorOf(await tollgate.usage.live({ organizationId: other }))
      expect((await elsewhere.next()).done).toBe(false)
      // A closed stream makes room.
      await feeds[0]?.next()
      await feeds[0]?.return?.()
      feeds.push(iteratorOf(await tollgate.usage.live({ organizationId: id })))
      for (const feed of feeds) {
        await feed.next()
        await feed.return?.()
      }
      await elsewhere.return?.()
    })
  })
})
