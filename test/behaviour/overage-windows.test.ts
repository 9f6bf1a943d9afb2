import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

const by = (window: 'hour' | 'day' | 'month' | 'period', max: number | null) => [
  { meter: 'calls', window, max, behavior: 'overage' as const },
]
const charged = (key: string, window: 'hour' | 'day' | 'month' | 'period', more: object = {}) => ({
  key,
  name: key,
  monthlyPriceUsd: 0,
  limits: by(window, 100),
  overageRates: { calls: { model: 'flat' as const, unitPrice: '0.05', ...more } },
})

const catalog = {
  key: 'windows',
  name: 'Windows',
  meters: [{ key: 'calls', unit: 'call', aggregation: 'sum' }],
  eventTypes: [
    { key: 'work', name: 'Work', category: 'all', baseCredits: 0, meters: { calls: 'quantity' } },
  ],
  plans: [
    charged('daily', 'day'),
    charged('hourly', 'hour'),
    { ...charged('least', 'period', { minimum: 20 }), monthlyPriceUsd: 10 },
    { ...charged('least-monthly', 'month', { minimum: 20 }), monthlyPriceUsd: 10 },
    { key: 'free-of-limits', name: 'Free of limits', monthlyPriceUsd: 0, limits: [] },
  ],
} satisfies CatalogInput

describeTollgate(
  'overage per window of a period',
  (subject) => {
    let made = 0
    const to = (at: string) => subject().clock.set(at)
    const fresh = async (plan: string) => {
      await to('2026-01-01T00:00:00Z')
      return subject().organization(plan, '2026-01-01T00:00:00Z')
    }
    const use = async (id: string, calls: number, timestamp?: string) => {
      made += 1
      const eventId = `window-${made}`
      const { rejected } = await subject().tollgate.record({
        id: eventId,
        organizationId: id,
        eventType: 'work',
        quantities: { calls },
        timestamp,
      })
      expect(rejected).toEqual([])
      return eventId
    }
    const change = (id: string, plan: string) =>
      subject().tollgate.organizations.update({ organizationId: id, plan })
    /** The overage lines of each month that was closed by an instant. */
    const billed = async (id: string, at: string) => {
      await to(at)
      const { tollgate } = subject()
      await tollgate.admin.closePeriods()
      const { items } = await tollgate.invoices.list({ organizationId: id })
      const invoices = await Promise.all(
        items.map(({ id: invoiceId }) => tollgate.invoices.get({ organizationId: id, invoiceId })),
      )
      return invoices
        .reverse()
        .map(({ lines }) =>
          lines
            .filter(({ kind }) => kind === 'overage' || kind === 'adjustment')
            .map(({ kind, amount }) => `${kind} ${amount}`),
        )
    }

    it.each([
      ['daily', '2026-01-05T08:00:00Z'],
      ['hourly', '2026-01-05T08:00:00Z'],
    ])('bills use on a %s plan, and nothing after it', async (plan, at) => {
      const id = await fresh(plan)
      await to(at)
      await use(id, 110)
      await to('2026-01-10T00:00:00Z')
      await change(id, 'free-of-limits')
      await to('2026-01-20T00:00:00Z')
      await use(id, 1_100)
      expect(await billed(id, '2026-03-01T02:00:00Z')).toEqual([['overage 0.50'], []])
    })

    it.each(['daily', 'hourly'])('bills on a %s plan nothing from before it', async (plan) => {
      const id = await fresh('free-of-limits')
      await to('2026-01-05T08:00:00Z')
      await use(id, 1_100)
      await to('2026-01-10T00:00:00Z')
      await change(id, plan)
      await to('2026-01-20T00:00:00Z')
      await use(id, 110)
      expect(await billed(id, '2026-03-01T02:00:00Z')).toEqual([['overage 0.50'], []])
    })

    it('counts through the day of a plan change, by the plan of each part', async () => {
      const first = await fresh('daily')
      await to('2026-01-10T09:00:00Z')
      await use(first, 110)
      await to('2026-01-10T12:00:00Z')
      await change(first, 'free-of-limits')
      await use(first, 1_000)
      const second = await subject().organization('free-of-limits', '2026-01-01T00:00:00Z')
      await use(second, 90)
      await to('2026-01-10T18:00:00Z')
      await change(second, 'daily')
      await use(second, 30)
      // 10 × $0.05 in the morning; 20 × $0.05 for 30 calls after the first 90.
      expect(await billed(first, '2026-03-01T02:00:00Z')).toEqual([['overage 0.50'], []])
      expect(await billed(second, '2026-03-01T02:00:00Z')).toEqual([['overage 1.00'], []])
    })

    it('bills late use by the plan of its day, whatever that day had used by then', async () => {
      const id = await fresh('daily')
      await to('2026-01-10T00:00:00Z')
      await change(id, 'free-of-limits')
      expect(await billed(id, '2026-02-01T02:00:00Z')).toEqual([[]])
      await use(id, 110, '2026-01-05T08:00:00Z')
      await use(id, 1_100, '2026-01-20T08:00:00Z')
      expect(await billed(id, '2026-03-01T02:00:00Z')).toEqual([[], ['adjustment 0.50']])
      expect(await billed(id, '2026-04-01T02:00:00Z')).toEqual([[], ['adjustment 0.50'], []])
    })

    it('bills no minimum for a pause, and a partial minimum for a partly paid period', async () => {
      const { tollgate } = subject()
      for (const plan of ['least', 'least-monthly']) {
        const id = await fresh(plan)
        await to('2026-01-31T00:00:00Z')
        await tollgate.subscriptions.pause({ organizationId: id })
        await to('2026-03-05T00:00:00Z')
        await tollgate.subscriptions.resume({ organizationId: id })
        // 20 × 30 ÷ 31; nothing; 20 × 27 ÷ 31.
        expect(await billed(id, '2026-04-01T02:00:00Z')).toEqual([
          ['overage 19.35'],
          [],
          ['overage 17.42'],
        ])
      }
    })

    it('bills nothing for use dated within a pause', async () => {
      const { tollgate } = subject()
      const id = await fresh('daily')
      await to('2026-01-10T00:00:00Z')
      await tollgate.subscriptions.pause({ organizationId: id })
      await to('2026-01-20T00:00:00Z')
      await tollgate.subscriptions.resume({ organizationId: id })
      await use(id, 500, '2026-01-15T08:00:00Z')
      await use(id, 110, '2026-01-20T00:00:00Z')
      expect(await billed(id, '2026-02-01T02:00:00Z')).toEqual([['overage 0.50']])
    })
  },
  { catalogs: [{ document: catalog, origin: 'the windows of the tests' }] },
)
