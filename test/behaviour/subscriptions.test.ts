import { afterEach, expect, it } from 'vitest'
import { describeTollgate } from './describe-tollgate.ts'
import { subscriptionSteps } from './subscription-steps.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'

const HOUR = 3_600_000

describeTollgate(
  'subscriptions',
  (subject) => {
    const { fresh, anchored, closeLast, call, invoicesOf, actions } = subscriptionSteps(() =>
      subject(),
    )
    afterEach(async () => {
      await closeLast()
    })

    it('preview $49 to $500 on 16 June as −$24.50 and +$250.00, and bill exactly that', async () => {
      const { tollgate } = subject()
      const { id, at, to } = await fresh('pro')
      await call(id, 120)
      await to('06-16T00:00:00Z')
      const input = { plan: 'subscribed/enterprise' }
      const preview = await tollgate.subscriptions.preview({ organizationId: id, ...input })
      // 15 of 30 days are left: 49 × −1,296,000 ÷ 2,592,000 and 500 × 1,296,000 ÷ 2,592,000.
      expect(preview).toMatchObject({
        when: 'now',
        at: at('06-16T00:00:00.000Z'),
        prorationTotal: '225.50',
        proration: [
          { plan: 'subscribed/pro', seconds: -1_296_000, ofSeconds: 2_592_000, amount: '-24.50' },
          { plan: 'subscribed/enterprise', seconds: 1_296_000, amount: '250.00' },
        ],
        // $49, and 20 calls past 100 at $0.10; with the change 24.50 + 250 + the same 2.00.
        thisInvoice: { before: '51.00', after: '276.50' },
        nextInvoice: { before: '49.00', after: '500.00' },
      })
      expect((await tollgate.subscriptions.get({ organizationId: id })).plan).toBe('subscribed/pro')
      const changed = await tollgate.subscriptions.change({ organizationId: id, ...input })
      expect(changed).toMatchObject({ plan: 'subscribed/enterprise', state: 'active' })
      await to('07-01T01:00:00Z')
      expect(await invoicesOf(id)).toEqual([
        ['proration 24.50', 'proration 250.00', 'overage 2.00'],
      ])
    })

    it('downgrade at the end of the period, from the first instant of the next', async () => {
      const { tollgate } = subject()
      const { id, at, to } = await fresh('enterprise')
      await to('06-16T00:00:00Z')
      const input = { plan: 'subscribed/free' }
      const preview = await tollgate.subscriptions.preview({ organizationId: id, ...input })
      expect(preview).toMatchObject({
        when: 'period_end',
        at: at('07-01T00:00:00.000Z'),
        proration: [],
        thisInvoice: { before: '500.00', after: '500.00' },
        nextInvoice: { before: '500.00', after: '0.00' },
      })
      const later = await tollgate.subscriptions.change({ organizationId: id, ...input })
      expect(later).toMatchObject({
        plan: 'subscribed/enterprise',
        scheduled: [{ what: 'plan', at: at('07-01T00:00:00.000Z'), plan: 'subscribed/free' }],
      })
      await to('06-30T23:59:59.999Z')
      expect(await call(id, 11)).toMatchObject({ allowed: true })
      await to('07-01T00:00:00Z')
      expect(await call(id, 11)).toMatchObject({ allowed: false, reason: 'limit_exceeded' })
      expect(await call(id, 10)).toMatchObject({ allowed: true })
      expect(await tollgate.subscriptions.get({ organizationId: id })).toMatchObject({
        plan: 'subscribed/free',
        scheduled: [],
      })
      await to('08-01T01:00:00Z')
      expect(await invoicesOf(id)).toEqual([['subscription 500.00'], ['subscription 0.00']])
      const { items } = await tollgate.audit.list({
        organizationId: id,
        action: 'organization.updated',
      })
      expect(items).toMatchObject([
        {
          occurredAt: at('07-01T00:00:00.000Z'),
          old: { plan: 'subscribed/enterprise', planVersion: 1 },
          new: { plan: 'subscribed/free', planVersion: 1 },
        },
      ])
    })

    it('bill a downgrade correctly even if nothing ran for months', async () => {
      const { tollgate } = subject()
      const { id, to } = await fresh('enterprise')
      await tollgate.subscriptions.change({ organizationId: id, plan: 'subscribed/pro' })
      await to('09-01T01:00:00Z')
      expect(await invoicesOf(id)).toEqual([
        ['subscription 500.00'],
        ['subscription 49.00'],
        ['subscription 49.00'],
      ])
    })

    it('cancel a scheduled change, also by a change to the current plan', async () => {
      const { tollgate } = subject()
      const { id, to } = await fresh('pro')
      await tollgate.subscriptions.change({ organizationId: id, plan: 'subscribed/free' })
      expect((await tollgate.subscriptions.keep({ organizationId: id })).scheduled).toEqual([])
      await tollgate.subscriptions.change({ organizationId: id, plan: 'subscribed/free' })
      await tollgate.subscriptions.change({ organizationId: id, plan: 'subscribed/pro' })
      await tollgate.subscriptions.cancel({ organizationId: id })
      await tollgate.subscriptions.keep({ organizationId: id })
      await to('07-02T00:00:00Z')
      expect(await tollgate.subscriptions.get({ organizationId: id })).toMatchObject({
        plan: 'subscribed/pro',
        state: 'active',
        endsAt: null,
        scheduled: [],
      })
      expect(await actions(id)).toEqual([
        ...['organization.created', 'subscription.change_scheduled', 'subscription.kept'],
        ...['subscription.change_scheduled', 'subscription.kept'],
        ...['subscription.canceled', 'subscription.kept'],
      ])
    })

    it('refuse calls while paused, and charge nothing for the pause', async () => {
      const { tollgate } = subject()
      const { id, to } = await fresh('pro')
      await call(id, 3)
      await to('06-11T00:00:00Z')
      expect(await tollgate.subscriptions.pause({ organizationId: id })).toMatchObject({
        state: 'paused',
      })
      expect(await call(id)).toMatchObject({ allowed: false, reason: 'subscription_paused' })
      const request = { organizationId: id, eventType: 'call' }
      expect(await tollgate.check(request)).toMatchObject({ reason: 'subscription_paused' })
      const refused = await tollgate.reserve({ ...request, quantities: { calls: 1 } })
      expect(refused).toMatchObject({ reason: 'subscription_paused', reservationId: null })
      const late = { ...request, timestamp: new Date(subject().clock.now().getTime() - 1) }
      expect(await tollgate.record([late, request])).toMatchObject({
        accepted: 1,
        rejected: [{ index: 1, field: 'timestamp' }],
      })
      await to('06-21T00:00:00Z')
      expect(await tollgate.subscriptions.resume({ organizationId: id })).toMatchObject({
        state: 'active',
      })
      expect(await call(id)).toMatchObject({ allowed: true })
      await to('07-01T01:00:00Z')
      // 10 days, then 10 more: 49 × 10 ÷ 30 = 16.333… each.
      expect(await invoicesOf(id)).toEqual([['proration 16.33', 'proration 16.33']])
    })

    it('end at their instant, are billed until then, and restart on request', async () => {
      const { tollgate } = subject()
      const { id, at, to } = await fresh('pro')
      const canceled = await tollgate.subscriptions.cancel({ organizationId: id })
      expect(canceled).toMatchObject({ state: 'active', endsAt: at('07-01T00:00:00.000Z') })
      await expect(
        tollgate.subscriptions.change({ organizationId: id, plan: 'subscribed/free' }),
      ).rejects.toMatchObject({ code: 'unprocessable' })
      await to('06-30T23:59:59.999Z')
      expect(await call(id)).toMatchObject({ allowed: true })
      await to('07-01T00:00:00Z')
      expect(await call(id)).toMatchObject({ allowed: false, reason: 'subscription_ended' })
      expect(await tollgate.subscriptions.get({ organizationId: id })).toMatchObject({
        state: 'ended',
        scheduled: [],
      })
      await expect(tollgate.subscriptions.keep({ organizationId: id })).rejects.toMatchObject({
        code: 'unprocessable',
      })
      await to('08-15T00:00:00Z')
      expect(await invoicesOf(id)).toEqual([['subscription 49.00']])
      await to('08-16T12:00:00Z')
      expect(await tollgate.subscriptions.restart({ organizationId: id })).toMatchObject({
        state: 'active',
      })
      expect(await call(id)).toMatchObject({ allowed: true })
      await to('09-01T01:00:00Z')
      // 15.5 of 31 days: 49 ÷ 2.
      expect(await invoicesOf(id)).toEqual([['subscription 49.00'], [], ['proration 24.50']])
      expect(await actions(id)).toContain('subscription.ended')
    })

    it('end now, exact to the second', async () => {
      const { tollgate } = subject()
      const { id, to } = await fresh('pro')
      await to('06-16T00:00:00Z')
      const ended = await tollgate.subscriptions.cancel({ organizationId: id, when: 'now' })
      expect(ended).toMatchObject({ state: 'ended' })
      expect(await call(id)).toMatchObject({ reason: 'subscription_ended' })
      await to('09-01T01:00:00Z')
      expect(await invoicesOf(id)).toEqual([['proration 24.50']])
    })

    it.each([
      ['01-29', ['01-29', '02-28', '03-29', '04-29'], false],
      ['01-30', ['01-30', '02-28', '03-30', '04-30'], false],
      ['01-31', ['01-31', '02-28', '03-31', '04-30'], false],
      ['01-31', ['01-31', '02-29', '03-31', '04-30'], true],
      ['02-29', ['02-29', '03-29', '04-29', '05-29'], true],
    ])('keep the anchor day %s, clamped to the end of each month: %j', async (...row) => {
      const [anchor, starts, inLeapYear] = row
      const { tollgate, clock } = subject()
      const id = await anchored(`${anchor}T15:00:00Z`, inLeapYear)
      const seen: string[] = []
      for (const _ of starts) {
        const { currentPeriod } = await tollgate.subscriptions.get({ organizationId: id })
        seen.push(currentPeriod.start.slice(5, 10))
        await clock.set(currentPeriod.end)
      }
      expect(seen).toEqual(starts)
      await clock.advance(HOUR)
      expect(await invoicesOf(id)).toEqual(starts.map(() => ['subscription 49.00']))
    })

    it('hide private plans from everyone in an organization', async () => {
      const { tollgate } = subject()
      const { id } = await fresh('pro')
      const moved = await tollgate.subscriptions.change({
        organizationId: id,
        plan: 'subscribed/secret',
      })
      expect(moved.scheduled).toMatchObject([{ plan: 'subscribed/secret' }])
      await expect(
        tollgate.subscriptions.change({ organizationId: id, plan: 'subscribed/none' }),
      ).rejects.toMatchObject({ code: 'unprocessable', faults: [{ field: 'plan' }] })
    })
  },
  { catalogs: [{ document: SUBSCRIPTIONS_CATALOG, origin: 'the test' }] },
)
