import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

const START = '2026-03-01T00:00:00Z'

const byUse = {
  key: 'by-use',
  name: 'By use',
  meters: [{ key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 }],
  eventTypes: creditsOnly.catalogs[0]?.document.eventTypes ?? [],
  plans: [
    {
      key: 'only',
      name: 'Only',
      monthlyPriceUsd: 0,
      limits: [
        { meter: 'credits', window: 'period' as const, max: 100, behavior: 'overage' as const },
      ],
      overageRates: { credits: '0.0547' },
    },
    {
      key: 'fixed',
      name: 'Fixed',
      monthlyPriceUsd: 10,
      limits: [
        { meter: 'credits', window: 'period' as const, max: 0, behavior: 'overage' as const },
      ],
      overageRates: { credits: '1' },
    },
    {
      key: 'daily',
      name: 'Daily',
      monthlyPriceUsd: 0,
      limits: [
        { meter: 'credits', window: 'day' as const, max: 100, behavior: 'overage' as const },
      ],
      overageRates: { credits: '0.05' },
    },
    { key: 'without', name: 'Without', monthlyPriceUsd: 0, limits: [] },
  ],
} satisfies CatalogInput

describeTollgate(
  'adjustments of invoices',
  (subject) => {
    let made = 0
    const fresh = async (plan: string) => {
      await subject().clock.set('2026-03-10T12:00:00Z')
      return subject().organization(`by-use/${plan}`, START)
    }
    const use = async (organizationId: string, credits: number, timestamp: string) => {
      made += 1
      const id = `adjusted-${made}`
      const { rejected } = await subject().tollgate.record({
        id,
        organizationId,
        eventType: 'spend',
        properties: { credits },
        timestamp,
      })
      expect(rejected).toEqual([])
      return id
    }
    /** Closes every period that has ended at an instant, and returns the last invoice. */
    const closed = async (id: string, at: string) => {
      const { tollgate, clock } = subject()
      await clock.set(at)
      await tollgate.admin.closePeriods()
      const { items } = await tollgate.invoices.list({ organizationId: id, limit: 1 })
      return tollgate.invoices.get({ organizationId: id, invoiceId: items[0]?.id as string })
    }
    const eventsOf = async (organizationId: string, invoiceId: string, line: number) => {
      const asked = { organizationId, invoiceId, line }
      const { items, ...rest } = await subject().tollgate.invoices.lineEvents(asked)
      return { ...rest, ids: items.map((event) => event.id) }
    }

    it('list the events of the corrected period, while the first invoice lists only its own', async () => {
      const id = await fresh('only')
      const early = await use(id, 110, '2026-03-09T00:00:00Z')
      const march = await closed(id, '2026-04-01T02:00:00Z')
      // At the exact instant of the closing, and still after it.
      const late = await use(id, 30, '2026-03-31T23:59:59Z')
      const april = await closed(id, '2026-05-01T02:00:00Z')
      await use(id, 7, '2026-04-20T00:00:00Z')
      const line = april.lines.findIndex(({ kind }) => kind === 'adjustment') + 1
      // 40 × 0.0547 = 2.188, minus the billed 0.55 for 0.547.
      expect(april.lines[line - 1]).toMatchObject({ amount: '1.64', exactAmount: '1.638' })
      expect(await eventsOf(id, april.id, line)).toMatchObject({
        from: START.replace('Z', '.000Z'),
        to: '2026-04-01T00:00:00.000Z',
        events: 2,
        total: 140,
        ids: [early, late],
      })
      expect(await eventsOf(id, march.id, 2)).toMatchObject({ total: 110, ids: [early] })
      const steps = april.lines[line - 1]?.steps ?? []
      const sum = steps.reduce((all, { amount }) => all + Number(amount), 0)
      expect(sum.toFixed(6)).toBe('1.638000')
    })

    it('exclude events of days on another plan', async () => {
      const { tollgate } = subject()
      const id = await fresh('daily')
      const own = await use(id, 110, '2026-03-10T08:00:00Z')
      await tollgate.organizations.update({ organizationId: id, plan: 'by-use/without' })
      await subject().clock.set('2026-03-20T00:00:00Z')
      await use(id, 500, '2026-03-15T08:00:00Z')
      await tollgate.organizations.update({ organizationId: id, plan: 'by-use/daily' })
      const again = await use(id, 120, '2026-03-20T00:00:00Z')
      const march = await closed(id, '2026-04-01T02:00:00Z')
      const line = march.lines.findIndex(({ kind }) => kind === 'overage') + 1
      expect(march.lines[line - 1]?.amount).toBe('1.50')
      expect(await eventsOf(id, march.id, line)).toMatchObject({ total: 230, ids: [own, again] })
      // The same for late use, on a day with the limit and on one without.
      const late = await use(id, 40, '2026-03-20T01:00:00Z')
      await use(id, 60, '2026-03-15T09:00:00Z')
      const april = await closed(id, '2026-05-01T02:00:00Z')
      const corrected = april.lines.findIndex(({ kind }) => kind === 'adjustment') + 1
      expect(april.lines[corrected - 1]).toMatchObject({ amount: '2.00', units: '70' })
      expect(await eventsOf(id, april.id, corrected)).toMatchObject({
        total: 270,
        paidByGrants: 0,
        ids: [own, again, late],
      })
    })

    it('state which amounts grants paid', async () => {
      const { tollgate } = subject()
      const id = await fresh('only')
      await tollgate.grants.create({ organizationId: id, credits: 20, reason: 'test', priority: 1 })
      await use(id, 130, '2026-03-09T00:00:00Z')
      const march = await closed(id, '2026-04-01T02:00:00Z')
      expect(await eventsOf(id, march.id, 2)).toMatchObject({ total: 130, paidByGrants: 20 })
      expect(march.lines[1]?.units).toBe('10')
    })

    it('and credit notes together never return more than was charged', async () => {
      const { tollgate } = subject()
      const id = await fresh('fixed')
      const undone = await use(id, 10, '2026-03-09T00:00:00Z')
      const march = await closed(id, '2026-04-01T02:00:00Z')
      expect(march.total).toBe('20.00')
      const note = (amount: string) =>
        tollgate.creditNotes.create({
          organizationId: id,
          invoiceId: march.id,
          amount,
          reason: 'an outage',
        })
      await note('16.00')
      await tollgate.reverse({ organizationId: id, eventId: undone, reason: 'test' })
      const april = await closed(id, '2026-05-01T02:00:00Z')
      const given = april.lines.filter(({ adjusts }) => adjusts === march.id)
      expect(given.map(({ kind, amount }) => [kind, amount])).toEqual([
        ['adjustment', '-4.00'],
        ['credit', '-16.00'],
      ])
      await expect(note('0.01')).rejects.toMatchObject({
        faults: [{ field: 'amount', message: 'is more than is left of the invoice: 0.00' }],
      })
      const may = await closed(id, '2026-06-01T02:00:00Z')
      expect(may.lines.filter(({ kind }) => kind === 'adjustment')).toEqual([])
    })

    it('reduce what a later credit note can return', async () => {
      const { tollgate } = subject()
      const id = await fresh('fixed')
      const undone = await use(id, 6, '2026-03-09T00:00:00Z')
      const march = await closed(id, '2026-04-01T02:00:00Z')
      await tollgate.reverse({ organizationId: id, eventId: undone, reason: 'test' })
      await closed(id, '2026-05-01T02:00:00Z')
      const note = (amount: string) =>
        tollgate.creditNotes.create({
          organizationId: id,
          invoiceId: march.id,
          amount,
          reason: 'an outage',
        })
      await expect(note('10.01')).rejects.toMatchObject({
        faults: [{ field: 'amount', message: 'is more than is left of the invoice: 10.00' }],
      })
      expect((await note('10.00')).amount).toBe('10.00')
    })
  },
  { catalogs: [{ document: byUse, origin: 'the use of the tests' }] },
)
