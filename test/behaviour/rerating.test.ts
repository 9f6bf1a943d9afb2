import { expect, it } from 'vitest'
import { describeTollgate } from './describe-tollgate.ts'
import { RERATING_OPTIONS, reratingActs } from './rerating-acts.ts'

describeTollgate(
  'rerating',
  (subject) => {
    const { fresh, record, rerate, dearer, priceOf, day, historyOf, isWhole } =
      reratingActs(subject)

    it('shows its changes by organization and event type in a dry run, and writes nothing', async () => {
      const [id, neighbour] = [await fresh(), await fresh()]
      const model = { provider: 'acme-ai', model: 'dry', inputTokens: 1_000_000 }
      await record(
        { organizationId: id, eventType: 'priced', id: 'a', ...model },
        { organizationId: id, eventType: 'priced', id: 'b', ...model, inputTokens: 500_000 },
        { organizationId: neighbour, eventType: 'priced', id: 'a', ...model },
      )
      await priceOf('dry', '3')
      const before = [await historyOf(id), await day(id)]
      const { groups, ...shown } = await rerate({ model: 'dry' })
      expect(shown).toEqual({
        from: '2026-03-01T00:00:00.000Z',
        to: '2026-03-10T12:00:00.000Z',
        applied: false,
        events: 0,
        changed: 0,
        left: 0,
        before: { credits: 0, costUsd: '0', unpriced: 0 },
        after: { credits: 0, costUsd: '0', unpriced: 0 },
        creditsDifference: 0,
        costDifferenceUsd: '0',
        groupsInAll: 0,
        leftBecause: { closed: 0, unknown: 0, refused: 0 },
        failures: [],
        failuresInAll: 0,
      })
      expect(groups).toEqual([])
      // The range ends before this instant, which is exactly the time of the use above.
      const to = '2026-03-10T12:00:00.001Z'
      const told = await rerate({ model: 'dry', to })
      expect(told).toMatchObject({
        applied: false,
        events: 3,
        changed: 3,
        left: 0,
        groupsInAll: 2,
        before: { credits: 3, costUsd: '0', unpriced: 3 },
        after: { credits: 3, costUsd: '7.5', unpriced: 0 },
        creditsDifference: 0,
        costDifferenceUsd: '7.5',
      })
      expect(told.groups).toMatchObject([
        { organizationId: id, eventType: 'priced', events: 2, costDifferenceUsd: '4.5' },
        { organizationId: neighbour, eventType: 'priced', events: 1, costDifferenceUsd: '3' },
      ])
      expect([await historyOf(id), await day(id)]).toEqual(before)
      expect((await rerate({ model: 'dry', to, organizationId: id })).changed).toBe(2)
      expect((await rerate({ model: 'wet', to })).events).toBe(0)
      expect((await rerate({ provider: 'nobody', to })).events).toBe(0)
      expect((await rerate({ eventType: 'dearer', organizationId: id, to })).events).toBe(0)
    })

    it('applies exactly the difference once, and nothing the second time', async () => {
      const id = await fresh()
      const at = (time: string) => ({ organizationId: id, timestamp: `2026-03-09T${time}Z` })
      await record(
        { ...at('01:00:00'), eventType: 'dearer', id: 'a', quantities: { tokens: 7 } },
        { ...at('01:00:00'), eventType: 'dearer', id: 'b', properties: { size: 2.5 } },
        { ...at('02:00:00'), eventType: 'other', id: 'c' },
      )
      await dearer('dearer', '1.5')
      const asked = { organizationId: id, dryRun: false, reason: 'it was sold too cheaply' }
      const done = await rerate(asked)
      expect(done).toMatchObject({
        applied: true,
        events: 3,
        changed: 2,
        left: 0,
        before: { credits: 4.5 },
        after: { credits: 6.25 },
        creditsDifference: 1.75,
      })
      expect(await day(id)).toMatchObject({ events: 3, credits: 6.25 })
      const events = await historyOf(id)
      expect(events).toHaveLength(7)
      const byId = new Map(events.map((event) => [event.id, event]))
      expect(byId.get('rerated:1:b')).toMatchObject({
        credits: 3.75,
        occurredAt: '2026-03-09T01:00:00.000Z',
        properties: { size: 2.5 },
      })
      expect(byId.get('rerated:1:a')?.quantities).toMatchObject({ tokens: 7, calls: 1 })
      expect(byId.get('reversal:b')).toMatchObject({ credits: -2.5, reverses: 'b' })
      const again = await rerate(asked)
      expect(again).toMatchObject({ events: 3, changed: 0, creditsDifference: 0 })
      expect(again.before).toEqual(done.after)
      expect(await historyOf(id)).toEqual(events)
      // A second correction replaces the first replacement, back to the old price.
      await dearer('dearer', '1')
      expect(await rerate(asked)).toMatchObject({ changed: 2, creditsDifference: -1.75 })
      expect(await day(id)).toMatchObject({ events: 3, credits: 4.5 })
      expect((await historyOf(id)).map((event) => event.id)).toContain('rerated:2:b')
      await isWhole()
      const { items } = await subject().tollgate.audit.list({ organizationId: id })
      const entries = items.filter(({ action }) => action === 'usage.rerated')
      expect(entries).toMatchObject([
        { category: 'billing', old: { credits: 5.25 }, new: { events: 2, credits: 3.5 } },
        {
          old: { events: 2, credits: 3.5, costUsd: '0', unpriced: 0 },
          new: { events: 2, credits: 5.25, reason: 'it was sold too cheaply' },
        },
      ])
    })

    it('keeps the values that an earlier definition left out', async () => {
      const id = await fresh()
      const { tollgate, clock } = subject()
      const quantities = { tokens: 3, calls: 5 }
      await record({ organizationId: id, eventType: 'roundabout', id: 'a', quantities })
      await clock.advance(1_000)
      const asked = { organizationId: id, dryRun: false }
      const first = await historyOf(id)
      await tollgate.catalog.eventTypes.update({ key: 'roundabout', meters: { calls: 1 } })
      expect(await rerate(asked)).toMatchObject({ changed: 1 })
      const meters = { tokens: 'quantity', calls: 1 } as const
      await tollgate.catalog.eventTypes.update({ key: 'roundabout', meters })
      expect(await rerate(asked)).toMatchObject({ changed: 1 })
      const last = (await historyOf(id)).find((event) => event.id === 'rerated:2:a')
      expect(last?.quantities).toEqual(first[0]?.quantities)
      expect(await rerate(asked)).toMatchObject({ events: 1, changed: 0 })
      await isWhole()
    })

    it('reports a locked organization, and continues with the others', async () => {
      const [id, other] = [await fresh(), await fresh()]
      const { db, clock } = subject()
      const use = { eventType: 'locked', id: 'a' }
      await record({ organizationId: id, ...use }, { organizationId: other, ...use })
      await dearer('locked', '2')
      await clock.advance(1_000)
      if (db.kind !== 'postgres') return
      await db.transaction(async (tx) => {
        await tx.query('select tollgate.lock_organizations(array[$1])', [id])
        const { failures, changed } = await rerate({ eventType: 'locked', dryRun: false })
        expect({ failures, changed }).toEqual({
          failures: [{ organizationId: id, message: expect.stringContaining('locked') }],
          changed: 1,
        })
      })
      expect(await rerate({ eventType: 'locked', dryRun: false })).toMatchObject({ changed: 1 })
    })

    it('includes settled use, and leaves open holds', async () => {
      const id = await fresh()
      const { tollgate, clock } = subject()
      const call = { organizationId: id, eventType: 'held', quantities: { tokens: 100 } }
      const [done, open] = [await tollgate.reserve(call), await tollgate.reserve(call)]
      if (!done.allowed || !open.allowed) throw new Error('refused')
      const settled = await done.settle({ quantities: { tokens: 40 } })
      await dearer('held', '3')
      await clock.advance(1_000)
      expect(await rerate({ organizationId: id, dryRun: false })).toMatchObject({
        events: 1,
        changed: 1,
        creditsDifference: 2,
      })
      expect(await day(id)).toMatchObject({ credits: 3, events: 1 })
      const given = await tollgate.settle({
        organizationId: id,
        reservationId: done.reservationId,
        quantities: { tokens: 1 },
      })
      expect(given).toEqual({ ...settled, replayed: true })
      await open.settle({ quantities: { tokens: 2 } })
      expect(await day(id)).toMatchObject({ credits: 6, events: 2 })
      const current = await tollgate.usage.current({ organizationId: id })
      expect(JSON.stringify(current)).not.toContain('"held":1')
      await isWhole()
    })

    it('leaves reversed events, and reversing the first id reverses the replacement', async () => {
      const id = await fresh()
      const { tollgate, clock } = subject()
      const use = { organizationId: id, eventType: 'undone' }
      await record({ ...use, id: 'gone' }, { ...use, id: 'here' })
      await tollgate.reverse({ organizationId: id, eventId: 'gone', reason: 'test' })
      await dearer('undone', '4')
      await clock.advance(1_000)
      const asked = { organizationId: id, dryRun: false }
      expect(await rerate(asked)).toMatchObject({ events: 1, changed: 1, creditsDifference: 3 })
      expect(await tollgate.reverse({ organizationId: id, eventId: 'gone', reason: 'x' })).toEqual({
        eventId: 'reversal:gone',
        reverses: 'gone',
        replayed: true,
      })
      const taken = { eventId: 'reversal:rerated:1:here', reverses: 'rerated:1:here' }
      const undo = () => tollgate.reverse({ organizationId: id, eventId: 'here', reason: 'test' })
      expect(await undo()).toEqual({ ...taken, replayed: false })
      expect(await undo()).toEqual({ ...taken, replayed: true })
      expect(await day(id)).toMatchObject({ events: 0, credits: 0 })
      expect(await rerate(asked)).toMatchObject({ events: 0 })
      // The first id is still known, whoever sends it again.
      expect(await tollgate.record([{ ...use, id: 'here' }])).toMatchObject({ duplicates: 1 })
      const own = await tollgate.record([{ ...use, id: 'rerated:1:there' }])
      expect(own.rejected).toMatchObject([{ field: 'id' }])
      await isWhole()
    })

    it('leaves states at the events that reported them', async () => {
      const id = await fresh()
      const { tollgate, clock } = subject()
      const report = (userId: string, stored: number) => ({
        organizationId: id,
        eventType: 'stating',
        userId,
        quantities: { stored },
      })
      await record(report('u1', 500), report('u2', 300), report('u1', 400))
      const states = () =>
        subject().db.query(
          `select meter, used from tollgate.buckets
           where organization_id = $1 and window_name = 'day' and meter in ('visitors', 'stored')
           order by meter`,
          [id],
        )
      const before = await states()
      expect(before).toHaveLength(2)
      await tollgate.catalog.eventTypes.update({
        key: 'stating',
        baseCredits: '5',
        meters: { calls: 2, visitors: { unique: 'userId' }, stored: 'quantity' },
      })
      await clock.advance(1_000)
      const asked = { organizationId: id, dryRun: false }
      expect(await rerate(asked)).toMatchObject({ changed: 3, creditsDifference: 12 })
      expect(await rerate(asked)).toMatchObject({ events: 3, changed: 0 })
      expect(await states()).toEqual(before)
      await isWhole()
    })

    it('creates an adjustment if the period was billed', async () => {
      const id = await fresh()
      const { tollgate, clock } = subject()
      await record({
        organizationId: id,
        eventType: 'billed',
        properties: { size: 110 },
        timestamp: '2026-03-09T00:00:00Z',
      })
      await clock.set('2026-04-01T02:00:00Z')
      await tollgate.admin.closePeriods()
      const march = (await tollgate.invoices.list({ organizationId: id })).items[0]
      // 10 credits past 100, at $0.05.
      expect(march?.total).toBe('10.50')
      await dearer('billed', '2')
      expect(await rerate({ organizationId: id, dryRun: false })).toMatchObject({
        creditsDifference: 110,
      })
      await clock.set('2026-05-01T02:00:00Z')
      await tollgate.admin.closePeriods()
      const april = (await tollgate.invoices.list({ organizationId: id, limit: 1 })).items[0]
      const { lines } = await tollgate.invoices.get({
        organizationId: id,
        invoiceId: april?.id as string,
      })
      expect(lines.map(({ kind, amount, adjusts }) => [kind, amount, adjusts])).toEqual([
        ['subscription', '10.00', null],
        // 120 × 0.05 − 0.50
        ['adjustment', '5.50', march?.id],
      ])
      expect(
        (await tollgate.invoices.get({ organizationId: id, invoiceId: march?.id as string })).total,
      ).toBe('10.50')
      await isWhole()
    })

    it('reverses each event once, despite concurrent reversals and reratings', async () => {
      const id = await fresh()
      const { tollgate, clock } = subject()
      const ids = Array.from({ length: 12 }, (_, index) => `e${index}`)
      await record(...ids.map((one) => ({ organizationId: id, eventType: 'twice', id: one })))
      await dearer('twice', '2')
      await clock.advance(1_000)
      const asked = { organizationId: id, dryRun: false }
      const [one, other] = await Promise.all([
        rerate(asked),
        rerate(asked),
        ...ids
          .slice(0, 6)
          .map((eventId) => tollgate.reverse({ organizationId: id, eventId, reason: 'test' })),
      ])
      expect([one, other].map(({ failures }) => failures)).toEqual([[], []])
      await rerate(asked)
      expect(await day(id)).toMatchObject({ events: 6, credits: 12 })
      await isWhole()
    })
  },
  RERATING_OPTIONS,
)
