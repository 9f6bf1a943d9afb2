import { beforeAll, expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import type { Call } from '../../src/contract/usage.ts'
import type { SeriesGroup, UsageSeries } from '../../src/contract/usage-series.ts'
import { describeTollgate } from './describe-tollgate.ts'

const CATALOG: CatalogInput = {
  key: 'series',
  name: 'Series',
  meters: [
    { key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 },
    { key: 'tokens', unit: 'token', aggregation: 'sum' },
    { key: 'peak', unit: 'connection', aggregation: 'max' },
  ],
  eventTypes: [
    {
      key: 'chat',
      name: 'Chat',
      category: 'talk',
      baseCredits: '0.7',
      meters: { tokens: 'quantity', peak: 'quantity' },
    },
    {
      key: 'embed',
      name: 'Embed',
      category: 'talk',
      baseCredits: '1.25',
      meters: { tokens: 'quantity' },
    },
    { key: 'draw', name: 'Draw', category: 'look', baseCredits: 3, meters: {} },
  ],
  plans: [{ key: 'free', name: 'Free', monthlyPriceUsd: 0, limits: [] }],
}
const CREDITS: Record<string, number> = { chat: 0.7, embed: 1.25, draw: 3 }
const ID = 'observed'
const HOUR_MS = 3_600_000
const FIRST_MS = Date.UTC(2026, 1, 20)

/** Events over twenty days; some name no user, endpoint or model. */
const EVENTS = Array.from({ length: 88 }, (_, n) => ({
  id: `e-${n}`,
  organizationId: ID,
  eventType: ['chat', 'embed', 'draw'][n % 3] as string,
  timestamp: new Date(FIRST_MS + n * 5 * HOUR_MS + 1_234_567).toISOString(),
  ...(n % 4 !== 0 && { userId: `user-${n % 7}` }),
  ...(n % 5 !== 0 && { endpoint: `/v1/${n % 6}` }),
  ...(n % 3 !== 2 && { quantities: { tokens: n * 10 + 1 } }),
  ...(n % 8 === 1 && { status: 500 }),
}))
const TAKEN_BACK = 'e-37'
const counted = EVENTS.filter(({ id }) => id !== TAKEN_BACK)

describeTollgate(
  'a time series',
  (subject) => {
    beforeAll(async () => {
      const { tollgate } = subject()
      await tollgate.organizations.create({
        id: ID,
        name: 'Observed',
        plan: 'series/free',
        startsAt: '2026-02-01T00:00:00Z',
      })
      const { accepted } = await tollgate.record(EVENTS as Call[])
      expect(accepted).toBe(EVENTS.length)
      await tollgate.reverse({ organizationId: ID, eventId: TAKEN_BACK, reason: 'a test' })
    })
    const series = (more: object = {}): Promise<UsageSeries> =>
      subject().tollgate.usage.series({ organizationId: ID, timezone: 'UTC', ...more })

    /** Computed from the events themselves. */
    const FIGURES: Record<string, (event: (typeof EVENTS)[number]) => number> = {
      events: () => 1,
      errors: (event) => ('status' in event ? 1 : 0),
      credits: ({ eventType }) => CREDITS[eventType] ?? 0,
    }
    const tokensOf = (event: (typeof EVENTS)[number]) => event.quantities?.tokens ?? 0
    const KEYS: Record<
      Exclude<SeriesGroup, 'model'>,
      (event: (typeof EVENTS)[number]) => unknown
    > = {
      eventType: ({ eventType }) => eventType,
      category: ({ eventType }) => (eventType === 'draw' ? 'look' : 'talk'),
      user: (event) => ('userId' in event ? event.userId : undefined),
      endpoint: (event) => ('endpoint' in event ? event.endpoint : undefined),
    }
    const rounded = (value: number) => Math.round(value * 1e6) / 1e6
    const sum = (events: typeof EVENTS, figure: (event: (typeof EVENTS)[number]) => number) =>
      rounded(events.reduce((all, event) => all + figure(event), 0))

    const expectExact = (
      found: UsageSeries,
      figure: (event: (typeof EVENTS)[number]) => number,
      keyOf?: (event: (typeof EVENTS)[number]) => unknown,
    ): void => {
      const within = (from: string, to: string) =>
        counted.filter(({ timestamp }) => timestamp >= from && timestamp < to)
      const all = within(found.from, found.to)
      expect(found.total).toBe(sum(all, figure))
      const shown = found.groups.map(({ key }) => key)
      for (const { key, total } of found.groups) {
        expect(total, key).toBe(
          sum(
            all.filter((event) => keyOf?.(event) === key),
            figure,
          ),
        )
      }
      for (const step of found.series) {
        const own = within(step.from, step.to)
        expect(step.total, step.from).toBe(sum(own, figure))
        if (!keyOf) continue
        const named = own.filter((event) => keyOf(event) !== undefined)
        const others = named.filter((event) => !shown.includes(keyOf(event) as string))
        expect(step.others).toBe(sum(others, figure))
        expect(step.none).toBe(
          sum(
            own.filter((event) => keyOf(event) === undefined),
            figure,
          ),
        )
        for (const key of shown) {
          const value = sum(
            own.filter((event) => keyOf(event) === key),
            figure,
          )
          expect(step.values[key] ?? 0, `${key} ${step.from}`).toBe(value)
        }
      }
      expect(found.series[0]?.from).toBe(found.from)
      expect(found.series.at(-1)?.to).toBe(found.to)
    }

    it.each(
      Object.keys(KEYS).flatMap((groupBy) =>
        Object.keys(FIGURES).map((metric) => ({ groupBy, metric })),
      ),
    )('breaks $metric down by $groupBy exactly like the events', async ({ groupBy, metric }) => {
      const found = await series({ groupBy, metric, top: 3 })
      const keyOf = KEYS[groupBy as keyof typeof KEYS]
      expect(found).toMatchObject({ metric, groupBy, meter: null, step: 'day' })
      expect(found.series).toHaveLength(30)
      const figure = FIGURES[metric] as (typeof FIGURES)[string]
      const keys = new Set(
        counted
          .filter((event) => figure(event) !== 0)
          .map(keyOf)
          .filter((key) => key !== undefined),
      )
      expect(found.groupsInAll).toBe(keys.size)
      expect(found.groups).toHaveLength(Math.min(3, keys.size))
      expectExact(found, figure, keyOf)
    })

    it.each(Object.keys(KEYS))(
      'breaks a meter down by %s exactly like the events',
      async (groupBy) => {
        const found = await series({ groupBy, meter: 'tokens' })
        expect(found).toMatchObject({ metric: null, meter: 'tokens' })
        expectExact(found, tokensOf, KEYS[groupBy as keyof typeof KEYS])
      },
    )

    it('sums a meter, in each step and any time zone', async () => {
      expectExact(await series({ meter: 'tokens' }), tokensOf)
      for (const timezone of ['UTC', 'America/Los_Angeles', 'Pacific/Kiritimati']) {
        for (const step of ['day', 'week', 'month']) {
          const found = await series({ timezone, step, metric: 'credits', groupBy: 'eventType' })
          expect(found.timezone).toBe(timezone)
          expectExact(found, FIGURES.credits as never, KEYS.eventType)
        }
      }
      const hours = { startDate: '2026-02-25T03:00:00Z', endDate: '2026-02-26T09:00:00Z' }
      const found = await series({ ...hours, step: 'hour', groupBy: 'user' })
      expect(found.series).toHaveLength(30)
      expectExact(found, FIGURES.events as never, KEYS.user)
    })

    it('covers exactly the requested range, so it agrees with a bill', async () => {
      const range = { startDate: '2026-02-21', endDate: '2026-03-03' }
      const found = await series({ ...range, step: 'week', groupBy: 'eventType' })
      expect([found.from, found.to]).toEqual([
        '2026-02-21T00:00:00.000Z',
        '2026-03-04T00:00:00.000Z',
      ])
      expect(found.series.map(({ from }) => from.slice(0, 10))).toEqual([
        ...['2026-02-21', '2026-02-23', '2026-03-02'],
      ])
      expectExact(found, FIGURES.events as never, KEYS.eventType)
      expect((await series()).series.at(-1)).toMatchObject({
        from: '2026-03-10T00:00:00.000Z',
        complete: false,
      })
    })

    it.each([
      ['meter', { meter: 'peak' }],
      ['meter', { meter: 'nothing' }],
      ['meter', { meter: 'tokens', metric: 'events' }],
      ['endDate', { startDate: '2026-02-01', endDate: '2026-01-01' }],
      ['endDate', { startDate: '2026-01-01', endDate: '2026-03-01', step: 'hour' }],
      ['endDate', { startDate: '2024-01-01', endDate: '2026-03-01' }],
      ['startDate', { startDate: '2026-03-01T00:30:00Z' }],
      ['startDate', { startDate: '2025-12-01', meter: 'tokens', groupBy: 'user' }],
      ['groupBy', { groupBy: 'colour' }],
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
