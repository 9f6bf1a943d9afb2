import { expect, it } from 'vitest'
import { creditsOnly } from './credits-catalog.ts'
import { describeTollgate, type Subject } from './describe-tollgate.ts'

/** An organization with a closed March period, and this many calls of ten credits. */
const billed = async ({ tollgate, clock, organization }: Subject, calls: number) => {
  await clock.set('2026-03-10T12:00:00Z')
  const id = await organization('charging', '2026-03-01T00:00:00Z')
  await tollgate.record(
    Array.from({ length: calls }, (_, call) => ({
      organizationId: id,
      id: `${id}-${call}`,
      eventType: 'spend',
      properties: { credits: 10 },
      timestamp: `2026-03-0${1 + (call % 9)}T10:00:00Z`,
    })),
  )
  await clock.set('2026-04-01T02:00:00Z')
  await tollgate.admin.closePeriods()
  const [invoice] = (await tollgate.invoices.list({ organizationId: id })).items
  return { id, invoiceId: invoice?.id as string }
}

describeTollgate(
  'the evidence of an invoice',
  (subject) => {
    it('lists the events of a line by page, each once and in order', async () => {
      const { tollgate } = subject()
      const { id, invoiceId } = await billed(subject(), 13)
      const { lines } = await tollgate.invoices.get({ organizationId: id, invoiceId })
      // 130 credits used, 100 included: 30 × $0.05.
      const overage = lines.find(({ kind }) => kind === 'overage')
      expect(overage).toMatchObject({ units: '30', amount: '1.50' })
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await tollgate.invoices.lineEvents({
          organizationId: id,
          invoiceId,
          line: overage?.line as number,
          cursor,
          limit: 5,
        })
        expect(page).toMatchObject({ meter: 'credits', events: 13, total: 130, keptSince: null })
        expect(page).toMatchObject({
          from: '2026-03-01T00:00:00.000Z',
          to: '2026-04-01T00:00:00.000Z',
        })
        expect(page.items.every(({ amount }) => amount === 10)).toBe(true)
        seen.push(...page.items.map((event) => `${event.occurredAt} ${event.id}`))
        cursor = page.nextCursor ?? undefined
      } while (cursor)
      expect(seen).toHaveLength(13)
      expect(new Set(seen).size).toBe(13)
      expect([...seen].sort()).toEqual(seen)
    })

    it("is empty for a plan's price, and refused for an unknown line", async () => {
      const { tollgate } = subject()
      const { id, invoiceId } = await billed(subject(), 1)
      const price = await tollgate.invoices.lineEvents({ organizationId: id, invoiceId, line: 1 })
      expect(price).toMatchObject({ meter: null, events: 0, items: [], nextCursor: null })
      const gone = { code: 'not_found' }
      await expect(
        tollgate.invoices.lineEvents({ organizationId: id, invoiceId, line: 9 }),
      ).rejects.toMatchObject(gone)
      await expect(
        tollgate.invoices.lineEvents({ organizationId: id, invoiceId: 'no-id', line: 1 }),
      ).rejects.toMatchObject(gone)
      const neighbour = await subject().organization('charging')
      const asked = tollgate.invoices.lineEvents({ organizationId: neighbour, invoiceId, line: 1 })
      await expect(asked).rejects.toMatchObject(gone)
      const wrong = tollgate.invoices.lineEvents({
        organizationId: id,
        invoiceId,
        line: 1,
        cursor: 'nonsense',
      })
      await expect(wrong).rejects.toMatchObject({ faults: [{ field: 'cursor' }] })
    })
  },
  creditsOnly,
)
