import { beforeAll, expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import type { PlatformSeries, PlatformSeriesGroup } from '../../src/contract/usage-series.ts'
import { describeTollgate } from './describe-tollgate.ts'

const CATALOG: CatalogInput = {
  key: 'platform-series',
  name: 'Platform series',
  meters: [{ key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 }],
  eventTypes: [
    { key: 'chat', name: 'Chat', category: 'talk', baseCredits: '0.7', meters: {} },
    { key: 'embed', name: 'Embed', category: 'talk', baseCredits: '1.25', meters: {} },
    { key: 'draw', name: 'Draw', category: 'look', baseCredits: 3, meters: {} },
  ],
  plans: [{ key: 'free', name: 'Free', monthlyPriceUsd: 0, limits: [] }],
}
const MICRO_CREDITS: Record<string, number> = { chat: 700_000, embed: 1_250_000, draw: 3_000_000 }
const ORGANIZATIONS = ['series-a', 'series-b', 'series-c', 'series-d']
const HOUR_MS = 3_600_000
const FIRST_MS = Date.UTC(2026, 1, 20)

/** Twenty days of events from four organizations; some name no endpoint. */
const EVENTS = Array.from({ length: 88 }, (_, n) => ({
  id: `p-${n}`,
  organizationId: ORGANIZATIONS[[0, 1, 1, 2, 0, 1, 3][n % 7] as number] as string,
  eventType: ['chat', 'embed', 'draw'][n % 3] as string,
  timestamp: new Date(FIRST_MS + n * 5 * HOUR_MS + 1_234_567).toISOString(),
  ...(n % 5 !== 0 && { endpoint: `/v1/${n % 6}` }),
  ...(n % 8 === 1 && { status: 500 }),
}))
type Event = (typeof EVENTS)[number]

const FIGURES: Record<string, (event: Event) => number> = {
  events: () => 1_000_000,
  errors: (event) => ('status' in event ? 1_000_000 : 0),
  credits: ({ eventType }) => MICRO_CREDITS[eventType] ?? 0,
}
const KEYS: Record<Exclude<PlatformSeriesGroup, 'model'>, (event: Event) => string | undefined> = {
  organization: ({ organizationId }) => organizationId,
  eventType: ({ eventType }) => eventType,
  category: ({ eventType }) => (eventType === 'draw' ? 'look' : 'talk'),
  endpoint: (event) => ('endpoint' in event ? event.endpoint : undefined),
}

describeTollgate(
  'a time series over all organizations',
  (subject) => {
    beforeAll(async () => {
      const { tollgate } = subject()
      for (const id of ORGANIZATIONS) {
        const plan = 'platform-series/free'
        await tollgate.organizations.create({
          id,
          name: id,
          plan,
          startsAt: '2026-02-01T00:00:00Z',
        })
      }
      expect((await tollgate.record(EVENTS)).accepted).toBe(EVENTS.length)
    })
    const series = (more: object = {}): Promise<PlatformSeries> =>
      subject().tollgate.analytics.series(more)

    const expectExact = (
      found: PlatformSeries,
      figure: (event: Event) => number,
      keyOf: (event: Event) => string | undefined,
    ): void => {
      const sum = (from: string, to: string, which: (event: Event) => boolean = () => true) =>
        EVENTS.filter(({ timestamp }) => timestamp >= from && timestamp < to)
          .filter(which)
          .reduce((all, event) => all + figure(event), 0) / 1_000_000
      const shown = new Set(found.groups.map(({ key }) => key))
      expect(found.total).toBe(sum(found.from, found.to))
      for (const { key, total } of found.groups) {
        expect(total, key).toBe(sum(found.from, found.to, (event) => keyOf(event) === key))
      }
      for (const { from, to, total, values, others, none } of found.series) {
        expect(total, from).toBe(sum(from, to))
        expect(none, from).toBe(sum(from, to, (event) => keyOf(event) === undefined))
        const isOther = (key: string | undefined) => key !== undefined && !shown.has(key)
        expect(others, from).toBe(sum(from, to, (event) => isOther(keyOf(event))))
        for (const key of shown) {
          const own = sum(from, to, (event) => keyOf(event) === key)
          expect(values[key] ?? 0, `${key} ${from}`).toBe(own)
        }
      }
    }

    it.each(
      Object.keys(KEYS).flatMap((groupBy) =>
        Object.keys(FIGURES).map((metric) => ({ groupBy, metric })),
      ),
    )('breaks $metric down by $groupBy exactly like the events', async ({ groupBy, metric }) => {
      const found = await series({ groupBy, metric, top: 3 })
      expect(found).toMatchObject({ metric, groupBy, step: 'day', timezone: 'UTC' })
      expect(found.series).toHaveLength(30)
      const figure = FIGURES[metric] as (typeof FIGURES)[string]
      const keyOf = KEYS[groupBy as keyof typeof KEYS]
      const keys = new Set(EVENTS.filter((event) => figure(event) !== 0).map(keyOf))
      keys.delete(undefined)
      expect(found.groupsInAll).toBe(keys.size)
      expectExact(found, figure, keyOf)
    })

    it('supports each step in a time zone, and by the hour', async () => {
      for (const step of ['day', 'week', 'month']) {
        const asked = { step, metric: 'credits', groupBy: 'organization', timezone: 'Asia/Tokyo' }
        expectExact(await series(asked), FIGURES.credits as never, KEYS.organization)
      }
      const hours = { startDate: '2026-02-25T03:00:00Z', endDate: '2026-02-26T09:00:00Z' }
      const found = await series({ ...hours, step: 'hour', groupBy: 'endpoint' })
      expect(found.series).toHaveLength(30)
      expectExact(found, FIGURES.events as never, KEYS.endpoint)
    })

    it("is the sum of the organizations' own series", async () => {
      const range = { startDate: '2026-02-21', endDate: '2026-03-03', metric: 'credits' } as const
      const whole = await series({ ...range, groupBy: 'organization' })
      for (const organizationId of ORGANIZATIONS) {
        const own = { ...range, organizationId, timezone: 'UTC' }
        const { total } = await subject().tollgate.usage.series(own)
        expect(whole.groups.find(({ key }) => key === organizationId)?.total).toBe(total)
      }
    })

    it.each([
      ['groupBy', { groupBy: 'user' }],
      ['endDate', { startDate: '2026-02-01', endDate: '2026-01-01' }],
      ['endDate', { startDate: '2026-01-01', endDate: '2026-03-01', step: 'hour' }],
      ['startDate', { startDate: '2026-03-01T00:30:00Z' }],
      ['timezone', { timezone: 'Mars/Olympus' }],
    ])('refuses an invalid value by its field %s (%#)', async (field, asked) => {
      await expect(series(asked)).rejects.toMatchObject({
        code: 'invalid_request',
        faults: [{ field }],
      })
    })
  },
  { catalogs: [CATALOG] },
)
