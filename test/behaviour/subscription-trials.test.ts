import { afterEach, expect, it } from 'vitest'
import { describeTollgate } from './describe-tollgate.ts'
import { subscriptionSteps } from './subscription-steps.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'

describeTollgate(
  'trials',
  (subject) => {
    const { fresh, closeLast, call, invoicesOf, actions } = subscriptionSteps(() => subject())
    afterEach(async () => {
      await closeLast()
    })

    it('charge neither price nor overage, and everything after their end', async () => {
      const { tollgate } = subject()
      const { id, to } = await fresh('pro', { trialEndsAt: '06-16T00:00:00Z' })
      expect(await tollgate.subscriptions.get({ organizationId: id })).toMatchObject({
        state: 'trial',
        scheduled: [{ what: 'trial_end', plan: null }],
      })
      await call(id, 150)
      await to('06-15T23:59:59.999Z')
      expect(await tollgate.usage.overage({ organizationId: id })).toMatchObject({ totalUsd: '0' })
      await to('06-16T00:00:00Z')
      expect(await tollgate.subscriptions.get({ organizationId: id })).toMatchObject({
        state: 'active',
      })
      await call(id, 30)
      await to('07-01T01:00:00Z')
      // Half of June, and the 30 calls past 150, which were free.
      expect(await invoicesOf(id)).toEqual([['proration 24.50', 'overage 3.00']])
      expect(await actions(id)).toEqual(['organization.created', 'trial.expired'])
    })

    it("follow the plan's rule when they expire", async () => {
      const { tollgate } = subject()
      const { id, at, to } = await fresh('tried', { trialEndsAt: '06-16T00:00:00Z' })
      await call(id, 10)
      await to('06-15T23:59:59.999Z')
      expect(await call(id)).toMatchObject({ allowed: true })
      await to('06-16T00:00:00Z')
      expect(await call(id)).toMatchObject({ allowed: false, reason: 'limit_exceeded' })
      const { items } = await tollgate.audit.list({ organizationId: id, category: 'organization' })
      expect(items.map(({ action, occurredAt }) => [action, occurredAt]).slice(0, 2)).toEqual([
        ['organization.updated', at('06-16T00:00:00.000Z')],
        ['trial.expired', at('06-16T00:00:00.000Z')],
      ])
      expect((await tollgate.subscriptions.get({ organizationId: id })).plan).toBe(
        'subscribed/free',
      )
    })

    it('continue as a paid subscription if a plan was chosen during the trial', async () => {
      const { tollgate } = subject()
      const { id, to } = await fresh('tried', { trialEndsAt: '06-16T00:00:00Z' })
      const chosen = await tollgate.subscriptions.change({
        organizationId: id,
        plan: 'subscribed/pro',
      })
      expect(chosen).toMatchObject({ state: 'trial', plan: 'subscribed/pro' })
      await to('07-01T01:00:00Z')
      expect(await invoicesOf(id)).toEqual([['proration 24.50']])
      expect((await tollgate.subscriptions.get({ organizationId: id })).plan).toBe('subscribed/pro')
    })

    it('can be extended and ended, and cannot begin after a bill', async () => {
      const { tollgate } = subject()
      const { subscriptions } = tollgate
      const { id, at, to } = await fresh('tried')
      const trial = await subscriptions.extendTrial({
        organizationId: id,
        endsAt: at('06-10T00:00:00Z'),
      })
      expect(trial).toMatchObject({ state: 'trial', scheduled: [{ plan: 'subscribed/free' }] })
      await subscriptions.extendTrial({ organizationId: id, endsAt: at('06-20T00:00:00Z') })
      await to('06-16T00:00:00Z')
      expect(await subscriptions.get({ organizationId: id })).toMatchObject({ state: 'trial' })
      const ended = await subscriptions.endTrial({ organizationId: id })
      expect(ended).toMatchObject({ state: 'active', plan: 'subscribed/free', scheduled: [] })
      await expect(subscriptions.endTrial({ organizationId: id })).rejects.toMatchObject({
        code: 'unprocessable',
      })
      await to('07-01T01:00:00Z')
      await expect(
        subscriptions.extendTrial({ organizationId: id, endsAt: at('07-10T00:00:00Z') }),
      ).rejects.toMatchObject({ code: 'unprocessable' })
    })

    const owner = { role: 'owner', actor: 'user:ada' } as const
    /** The log's entries about upgrades, and about the end of the trial before them. */
    const upgrades = async (organizationId: string) => {
      const { items } = await subject().tollgate.audit.list({
        organizationId,
        category: 'organization',
      })
      return items
        .filter(({ action }) => action.startsWith('trial.'))
        .map(({ action, actor, old, new: after, occurredAt }) => {
          const moved = action === 'trial.upgraded' ? [old, after] : []
          return [action, actor, occurredAt.slice(5, 19), ...moved]
        })
        .reverse()
    }
    const UPGRADED = [{ plan: 'subscribed/tried' }, { plan: 'subscribed/enterprise' }]
    const toEnterprise = { plan: 'subscribed/enterprise' } as const

    it('record an upgrade once in the audit log when a chosen plan follows', async () => {
      const { id, to } = await fresh('tried', { trialEndsAt: '06-16T00:00:00Z' })
      await subject().engine.subscriptions.change({ organizationId: id, ...toEnterprise }, owner)
      expect(await upgrades(id)).toEqual([])
      await to('06-16T00:00:00Z')
      await call(id)
      expect(await upgrades(id)).toEqual([
        ['trial.expired', expect.any(String), '06-16T00:00:00'],
        ['trial.upgraded', 'user:ada', '06-16T00:00:00', ...UPGRADED],
      ])
    })

    it('that end with cancellation must be kept before they can be paid', async () => {
      const { id } = await fresh('tried', { trialEndsAt: '06-16T00:00:00Z' })
      const { subscriptions } = subject().engine
      await subscriptions.cancel({ organizationId: id }, owner)
      const pays = () =>
        subscriptions.change({ organizationId: id, ...toEnterprise, when: 'now' }, owner)
      await expect(pays()).rejects.toMatchObject({
        code: 'unprocessable',
        message: expect.stringMatching(/keep it first/),
      })
      await subscriptions.keep({ organizationId: id }, owner)
      expect(await pays()).toMatchObject({ state: 'active', endsAt: null })
    })

    it('record an upgrade, but no expiry, when ended by a payment', async () => {
      const { id, to } = await fresh('tried', { trialEndsAt: '06-16T00:00:00Z' })
      await to('06-05T00:00:00Z')
      await subject().engine.subscriptions.change(
        { organizationId: id, ...toEnterprise, when: 'now' },
        owner,
      )
      await to('06-20T00:00:00Z')
      await call(id)
      expect(await upgrades(id)).toEqual([
        ['trial.upgraded', 'user:ada', '06-05T00:00:00', ...UPGRADED],
      ])
    })

    it("record an upgrade that the platform schedules for the period's end", async () => {
      const { id, to } = await fresh('tried', { trialEndsAt: '06-16T00:00:00Z' })
      const later = { organizationId: id, ...toEnterprise, when: 'period_end' } as const
      await subject().tollgate.subscriptions.change(later)
      await to('07-01T00:00:00Z')
      await call(id)
      expect((await upgrades(id)).at(-1)?.slice(2)).toEqual(['07-01T00:00:00', ...UPGRADED])
    })

    it('record no upgrade when a cheaper plan follows', async () => {
      const { id, to } = await fresh('tried', { trialEndsAt: '06-16T00:00:00Z' })
      const later = { organizationId: id, plan: 'subscribed/free', when: 'period_end' } as const
      await subject().tollgate.subscriptions.change(later)
      await to('07-01T00:00:00Z')
      await call(id)
      expect((await upgrades(id)).map(([action]) => action)).toEqual(['trial.expired'])
    })

    it('that are canceled end on time, and charge nothing', async () => {
      const { tollgate } = subject()
      const { id, at, to } = await fresh('pro', { trialEndsAt: '06-16T00:00:00Z' })
      const canceled = await tollgate.subscriptions.cancel({ organizationId: id })
      expect(canceled.endsAt).toBe(at('06-16T00:00:00.000Z'))
      await to('07-01T01:00:00Z')
      expect(await call(id)).toMatchObject({ reason: 'subscription_ended' })
      expect(await invoicesOf(id)).toEqual([[]])
    })
  },
  { catalogs: [{ document: SUBSCRIPTIONS_CATALOG, origin: 'the test' }] },
)
