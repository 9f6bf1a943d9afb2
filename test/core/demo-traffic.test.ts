import { describe, expect, it } from 'vitest'
import { type DemoEvent, demoTraffic } from '../../src/engine/demo/demo-traffic.ts'

const ALL = ['ai-workspace', 'rag-chatbot', 'api-platform']
const end = new Date('2026-05-21T14:30:00Z')
const traffic = (options: Partial<Parameters<typeof demoTraffic>[0]> = {}) =>
  demoTraffic({ seed: 1, end, days: 90, organizations: 5, catalogs: ALL, ...options })
const eventsOf = (options?: Parameters<typeof traffic>[0]): readonly DemoEvent[] =>
  [...traffic(options).days].flat()

const all = eventsOf()
const countBy = (
  keyOf: (event: DemoEvent) => string,
  events = all,
): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const event of events) counts.set(keyOf(event), (counts.get(keyOf(event)) ?? 0) + 1)
  return counts
}
const dayOf = ({ timestamp }: DemoEvent): string => timestamp.slice(0, 10)

describe('the traffic of the demo', () => {
  it('depends only on the seed and the end', () => {
    expect(eventsOf()).toEqual(all)
    expect(eventsOf({ seed: 2 })).not.toEqual(all)
  })

  it('gives every event of an organization its own id', () => {
    const ids = new Set(all.map(({ organizationId, id }) => `${organizationId} ${id}`))
    expect(ids.size).toBe(all.length)
  })

  it('keeps each day the same when more days or organizations are requested', () => {
    const more = new Map(
      eventsOf({ days: 120, organizations: 9 }).map((event) => [
        `${event.organizationId} ${event.id}`,
        event,
      ]),
    )
    for (const event of all) {
      expect(more.get(`${event.organizationId} ${event.id}`)).toEqual(event)
    }
  })

  it('has organizations only on plans of the loaded catalogs', () => {
    const { organizations, days } = traffic({ catalogs: ['rag-chatbot', 'shop'] })
    expect(organizations).toHaveLength(5)
    expect(organizations.every(({ plan }) => plan.startsWith('rag-chatbot/'))).toBe(true)
    expect([...days].flat().length).toBeGreaterThan(100)
    expect(traffic({ catalogs: ['shop'] }).organizations).toEqual([])
  })

  it('covers exactly the three months before the end, in time order', () => {
    const times = all.map(({ timestamp }) => Date.parse(timestamp))
    expect(countBy(dayOf).size).toBe(90)
    expect(Math.max(...times)).toBeLessThanOrEqual(end.getTime())
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('is small enough for a first start to record in time', () => {
    expect(all.length).toBeGreaterThan(5_000)
    expect(all.length).toBeLessThan(20_000)
  })

  it('is stronger on weekdays than on weekends, and grows over time', () => {
    const perDay = [...countBy(dayOf)].map(([day, count]) => ({ day, count }))
    const isWeekend = ({ day }: { day: string }) => [0, 6].includes(new Date(day).getUTCDay())
    const mean = (days: readonly { count: number }[]) =>
      days.reduce((sum, { count }) => sum + count, 0) / days.length
    const weekdays = perDay.filter((day) => !isWeekend(day))
    expect(mean(weekdays)).toBeGreaterThan(2 * mean(perDay.filter(isWeekend)))
    expect(mean(weekdays.slice(-21, -1))).toBeGreaterThan(1.3 * mean(weekdays.slice(0, 20)))
  })

  it('has one day with unusually high use by one organization', () => {
    const freight = countBy(
      dayOf,
      all.filter((event) => event.organizationId === 'openfreight'),
    )
    const [most = 0, next = 0] = [...freight.values()].toSorted((a, b) => b - a)
    expect(most).toBeGreaterThan(2 * next)
  })

  it('has users, sessions, several models, and some failures with durations', () => {
    const calls = all.filter(({ endpoint }) => endpoint !== undefined)
    const failed = calls.filter(({ status = 0 }) => status >= 400)
    expect(
      calls.every(({ userId, sessionId, durationMs }) => userId && sessionId && durationMs),
    ).toBe(true)
    expect(new Set(calls.map(({ userId }) => userId)).size).toBeGreaterThan(10)
    const models = new Set(calls.flatMap(({ model }) => model ?? []))
    expect(models).toEqual(new Set(['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-5']))
    expect(failed.length / calls.length).toBeGreaterThan(0.01)
    expect(failed.length / calls.length).toBeLessThan(0.06)
  })

  it("never exceeds a trial's daily tokens", () => {
    const tokens = new Map<string, number>()
    for (const event of all.filter(({ organizationId }) => organizationId === 'quillmark')) {
      const used = (event.inputTokens ?? 0) + (event.outputTokens ?? 0)
      tokens.set(dayOf(event), (tokens.get(dayOf(event)) ?? 0) + used)
    }
    expect(Math.max(...tokens.values())).toBeLessThanOrEqual(10_000)
    expect(Math.max(...tokens.values())).toBeGreaterThan(8_000)
  })

  it('starts every organization before its first event, on any day of the year', () => {
    for (const month of Array.from({ length: 12 }, (_, index) => index)) {
      const lastOfMonth = new Date(Date.UTC(2027, month + 1, 0, 23))
      const { organizations, days } = traffic({ end: lastOfMonth, days: 40 })
      const [firstDay = []] = days
      const firstAt = firstDay[0]?.timestamp ?? ''
      expect(firstAt).not.toBe('')
      for (const { startsAt } of organizations) expect(startsAt <= firstAt).toBe(true)
    }
  })

  it("leaves the first organization past its plan's included amount", () => {
    // 60,000 credits; the base credits alone are a lower bound of the charge.
    const steps = all
      .filter(
        (event) => event.organizationId === 'northlight' && event.eventType === 'run_agent_task',
      )
      .filter((event) => Date.parse(event.timestamp) > end.getTime() - 24 * 86_400_000)
      .map(({ properties = {} }) => 25 * Number(properties.steps) * Number(properties.complexity))
    expect(steps.reduce((sum, credits) => sum + credits, 0)).toBeGreaterThan(45_000)
  })
})
