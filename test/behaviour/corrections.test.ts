import fc from 'fast-check'
import { expect, it } from 'vitest'
import { times } from '../setup/form.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeTollgate, type Subject } from './describe-tollgate.ts'

const START = '2026-03-01T00:00:00Z'

describeTollgate(
  'corrections after an invoice',
  (subject) => {
    let made = 0
    const organization = async () => {
      await subject().clock.set('2026-03-10T12:00:00Z')
      return subject().organization('charging', START)
    }
    /** Records credits used at a past instant. */
    const use = async (
      { tollgate }: Subject,
      organizationId: string,
      credits: number,
      timestamp: string,
    ) => {
      made += 1
      const id = `late-${made}`
      const { rejected } = await tollgate.record({
        id,
        organizationId,
        eventType: 'spend',
        properties: { credits },
        timestamp,
      })
      expect(rejected).toEqual([])
      return id
    }
    /** Closes every period that has ended at an instant, and returns the invoices, oldest first. */
    const closed = async ({ tollgate, clock }: Subject, id: string, at: string) => {
      await clock.set(at)
      await tollgate.admin.closePeriods()
      const { items } = await tollgate.invoices.list({ organizationId: id })
      return Promise.all(
        [...items]
          .reverse()
          .map((one) => tollgate.invoices.get({ organizationId: id, invoiceId: one.id })),
      )
    }
    const amounts = (invoice: { lines: readonly { kind: string; amount: string }[] } | undefined) =>
      invoice?.lines.map(({ kind, amount }) => [kind, amount])

    it('charge late use once, as an adjustment on the next invoice', async () => {
      const id = await organization()
      await use(subject(), id, 110, '2026-03-09T00:00:00Z')
      const [march] = await closed(subject(), id, '2026-04-01T02:00:00Z')
      // 10 × $0.05
      expect(amounts(march)).toEqual([
        ['subscription', '10.00'],
        ['overage', '0.50'],
      ])
      await use(subject(), id, 30, '2026-03-31T23:59:59Z')
      expect(amounts(await subject().tollgate.invoices.preview({ organizationId: id }))).toEqual([
        ['subscription', '10.00'],
        ['adjustment', '1.50'],
      ])
      const [, april] = await closed(subject(), id, '2026-05-01T02:00:00Z')
      // 40 × $0.05 − $0.50
      expect(amounts(april)).toEqual([
        ['subscription', '10.00'],
        ['adjustment', '1.50'],
      ])
      expect(april?.lines[1]).toMatchObject({ adjusts: march?.id, meter: 'credits', units: '40' })
      expect(april?.lines[1]?.steps.map(({ kind, amount }) => [kind, amount])).toEqual([
        ['included', '0'],
        ['units', '2'],
        ['billed', '-0.5'],
      ])
      const [, , may] = await closed(subject(), id, '2026-06-01T02:00:00Z')
      expect(amounts(may)).toEqual([['subscription', '10.00']])
      expect(
        await subject().tollgate.invoices.get({
          organizationId: id,
          invoiceId: march?.id as string,
        }),
      ).toEqual(march)
    })

    it('return reversed use, and carry a negative total to the next invoice', async () => {
      const { tollgate } = subject()
      const id = await organization()
      const undone = await use(subject(), id, 500, '2026-03-09T00:00:00Z')
      const [march] = await closed(subject(), id, '2026-04-01T02:00:00Z')
      expect(march?.total).toBe('30.00')
      await tollgate.reverse({ organizationId: id, eventId: undone, reason: 'test' })
      const [, april] = await closed(subject(), id, '2026-05-01T02:00:00Z')
      expect(amounts(april)).toEqual([
        ['subscription', '10.00'],
        ['adjustment', '-20.00'],
      ])
      expect(april).toMatchObject({ total: '-10.00', dueMinorUnits: 0, carriedMinorUnits: 1_000 })
      const [, , may] = await closed(subject(), id, '2026-06-01T02:00:00Z')
      expect(amounts(may)).toEqual([
        ['subscription', '10.00'],
        ['credit', '-10.00'],
      ])
      expect(may).toMatchObject({ total: '0.00', dueMinorUnits: 0, carriedMinorUnits: 0 })
      const [, , , june] = await closed(subject(), id, '2026-07-01T02:00:00Z')
      expect(amounts(june)).toEqual([['subscription', '10.00']])
    })

    it('charge late use at the prices of its own time, even if the plan changed', async () => {
      const { tollgate } = subject()
      const id = await organization()
      await use(subject(), id, 110, '2026-03-09T00:00:00Z')
      await closed(subject(), id, '2026-04-01T02:00:00Z')
      await tollgate.organizations.update({ organizationId: id, plan: 'hundred' })
      await use(subject(), id, 20, '2026-03-20T00:00:00Z')
      const [, april] = await closed(subject(), id, '2026-05-01T02:00:00Z')
      expect(april?.lines.filter(({ kind }) => kind === 'adjustment')).toMatchObject([
        { amount: '1.00', units: '30' },
      ])
    })

    it('return money by a credit note: once per id, and never more than was billed', async () => {
      const { tollgate } = subject()
      const id = await organization()
      const [march] = await closed(subject(), id, '2026-04-01T02:00:00Z')
      const invoiceId = march?.id as string
      const note = { id: 'outage', amount: '7.50', reason: 'an outage' }
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          tollgate.creditNotes.create({ organizationId: id, invoiceId, ...note }),
        ),
      )
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
      const told = await tollgate.domainEvents.list({
        organizationId: id,
        kind: 'credit_note.issued',
      })
      const data = { invoiceId, currency: 'USD', amountMinorUnits: 750, reason: 'an outage' }
      expect(told.items).toEqual([
        expect.objectContaining({
          subject: `invoice:${invoiceId}`,
          data: { ...data, creditNoteId: answers[0]?.id },
        }),
      ])
      const more = { amount: '2.51', reason: 'too much' }
      await expect(
        tollgate.creditNotes.create({ organizationId: id, invoiceId, ...more }),
      ).rejects.toMatchObject({
        faults: [{ field: 'amount', message: 'is more than is left of the invoice: 2.50' }],
      })
      const other = { ...note, amount: '1.00' }
      await expect(
        tollgate.creditNotes.create({ organizationId: id, invoiceId, ...other }),
      ).rejects.toMatchObject({
        code: 'idempotency_conflict',
      })
      for (const amount of ['0', '-1', '1.005', 'much']) {
        await expect(
          tollgate.creditNotes.create({ organizationId: id, invoiceId, amount, reason: 'wrong' }),
        ).rejects.toMatchObject({ faults: [{ field: 'amount' }] })
      }
      const [, april] = await closed(subject(), id, '2026-05-01T02:00:00Z')
      expect(amounts(april)).toEqual([
        ['subscription', '10.00'],
        ['credit', '-7.50'],
      ])
      expect(await tollgate.creditNotes.list({ organizationId: id, invoiceId })).toMatchObject([
        { amount: '7.50', appliedTo: april?.id },
      ])
      const [, , may] = await closed(subject(), id, '2026-06-01T02:00:00Z')
      expect(amounts(may)).toEqual([['subscription', '10.00']])
    })

    it('have an invoice of their own once a subscription has ended', async () => {
      const { tollgate, clock } = subject()
      const id = await organization()
      await use(subject(), id, 110, '2026-03-09T00:00:00Z')
      await clock.set('2026-03-16T12:00:00Z')
      await tollgate.subscriptions.cancel({ organizationId: id, when: 'now' })
      const [march] = await closed(subject(), id, '2026-04-01T02:00:00Z')
      expect(amounts(march)).toEqual([
        ['proration', '5.00'],
        ['overage', '0.50'],
      ])
      const undone = await use(subject(), id, 30, '2026-03-10T00:00:00Z')
      const note = (amount: string) =>
        tollgate.creditNotes.create({
          organizationId: id,
          invoiceId: march?.id as string,
          amount,
          reason: 'an outage',
        })
      await note('0.70')
      // The month in which they came in is still running.
      expect(await closed(subject(), id, '2026-05-01T00:59:59Z')).toHaveLength(1)
      const [, april, ...more] = await closed(subject(), id, '2026-05-01T01:00:00Z')
      expect(amounts(april)).toEqual([
        ['adjustment', '1.50'],
        ['credit', '-0.70'],
      ])
      expect(april).toMatchObject({ total: '0.80', periodStart: '2026-04-01T00:00:00.000Z' })
      expect(more).toEqual([])
      // Nothing more came in.
      expect(await closed(subject(), id, '2026-06-01T02:00:00Z')).toHaveLength(2)
      await tollgate.reverse({ organizationId: id, eventId: undone, reason: 'test' })
      const [, , june] = await closed(subject(), id, '2026-07-01T02:00:00Z')
      expect(amounts(june)).toEqual([['adjustment', '-1.50']])
      expect(june).toMatchObject({ dueMinorUnits: 0, carriedMinorUnits: 150 })
      // A credit is carried to the next correction, and is no correction itself.
      expect(await closed(subject(), id, '2026-09-01T02:00:00Z')).toHaveLength(3)
      await note('1.00')
      const all = await closed(subject(), id, '2027-03-01T02:00:00Z')
      expect(amounts(all[3])).toEqual([
        ['credit', '-1.00'],
        ['credit', '-1.50'],
      ])
      expect(all).toHaveLength(4)
    })

    it('have an invoice of their own once an organization is closed', async () => {
      const { tollgate } = subject()
      const id = await organization()
      const undone = await use(subject(), id, 110, '2026-03-09T00:00:00Z')
      await tollgate.organizations.close({ organizationId: id })
      const [march] = await closed(subject(), id, '2026-04-01T02:00:00Z')
      const invoiceId = march?.id as string
      await tollgate.creditNotes.create({
        organizationId: id,
        invoiceId,
        amount: '1.00',
        reason: 'x',
      })
      const refused = tollgate.reverse({ organizationId: id, eventId: undone, reason: 'test' })
      await expect(refused).rejects.toMatchObject({ code: 'not_found' })
      const invoices = await closed(subject(), id, '2026-05-01T02:00:00Z')
      expect(invoices.map(amounts).slice(1)).toEqual([[['credit', '-1.00']]])
    })

    it('bill the same total, however late and in whatever order use arrives', async () => {
      const told = fc.record({
        credits: fc.integer({ min: 1, max: 120 }),
        day: fc.integer({ min: 1, max: 31 }),
        /** Recorded in its own month, or in one of the next two. */
        month: fc.constantFrom(0, 0, 1, 2),
        undone: fc.boolean(),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(told, { maxLength: 8 }), async (all) => {
          const id = await organization()
          await subject().clock.set('2026-03-31T23:30:00Z')
          const tell = async (month: number) => {
            for (const one of all.filter((use) => use.month === month)) {
              // Use from two months ago is too old for `record`, so it is backfilled.
              made += 1
              const event = {
                id: `told-${made}`,
                organizationId: id,
                eventType: 'spend',
                properties: { credits: one.credits },
                timestamp: `2026-03-${String(one.day).padStart(2, '0')}T01:00:00Z`,
              }
              await subject().tollgate.record(event, { backfill: true })
              if (one.undone)
                await subject().tollgate.reverse({
                  organizationId: id,
                  eventId: event.id,
                  reason: 'test',
                })
            }
          }
          await tell(0)
          await closed(subject(), id, '2026-04-01T02:00:00Z')
          await tell(1)
          await closed(subject(), id, '2026-05-01T02:00:00Z')
          await tell(2)
          const invoices = await closed(subject(), id, '2026-06-01T02:00:00Z')
          const used = all.reduce((sum, one) => sum + (one.undone ? 0 : one.credits), 0)
          const overage = Math.max(0, used - 100) * 5
          const lines = invoices.flatMap((invoice) => invoice.lines)
          const ofUse = lines.filter(({ kind }) => kind === 'overage' || kind === 'adjustment')
          expect(ofUse.reduce((sum, line) => sum + line.minorUnits, 0)).toBe(overage)
          for (const { lines: own, totalMinorUnits } of invoices) {
            expect(own.reduce((sum, line) => sum + line.minorUnits, 0)).toBe(totalMinorUnits)
          }
          const paid = invoices.reduce((sum, { dueMinorUnits }) => sum + dueMinorUnits, 0)
          const left = invoices.at(-1)?.carriedMinorUnits ?? 0
          expect(paid - left).toBe(3_000 + overage)
        }),
        { numRuns: times('TOLLGATE_CORRECTION_RUNS', { short: 6, long: 15 }) },
      )
    })
  },
  creditsOnly,
)
