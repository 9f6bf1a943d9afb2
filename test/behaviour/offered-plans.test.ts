import { expect, it } from 'vitest'
import { describeTollgate } from './describe-tollgate.ts'
import { SUBSCRIPTIONS_CATALOG } from './subscriptions-catalog.ts'

const agreed = {
  key: 'agreed',
  name: 'Agreed',
  monthlyPriceUsd: null,
  limits: [{ meter: 'calls', window: 'month' as const, max: null, behavior: 'hard' as const }],
}
const catalog = { ...SUBSCRIPTIONS_CATALOG, plans: [agreed, ...SUBSCRIPTIONS_CATALOG.plans] }

describeTollgate(
  'the plans offered to an organization',
  (subject) => {
    const plansOf = (organizationId: string) =>
      subject().tollgate.subscriptions.plans({ organizationId })
    const shown = async (organizationId: string) =>
      (await plansOf(organizationId)).plans.map(({ key, current, comesTo, selectable }) =>
        [key, current ? '*' : comesTo, selectable].join(' '),
      )

    it("are its catalog's public plans by price, each compared with its own", async () => {
      const id = await subject().organization('subscribed/pro')
      const { plans, ...rest } = await plansOf(id)
      expect(rest).toEqual({
        organizationId: id,
        at: subject().clock.now().toISOString(),
        catalog: 'subscribed',
        current: { plan: 'subscribed/pro', version: 1 },
        scheduled: null,
      })
      // "Tried" costs the same and includes less; the others clearly cost more or less.
      expect(await shown(id)).toEqual([
        'free less true',
        'pro * true',
        'tried less true',
        'enterprise more true',
        'agreed more false',
      ])
      const [pro] = plans.filter(({ current }) => current)
      expect(pro).toMatchObject({
        plan: 'subscribed/pro',
        monthlyPriceUsd: '49',
        limits: [{ meter: 'calls', window: 'month', max: 100, behavior: 'overage' }],
        overageRates: { calls: '0.1' },
        upgradesTo: ['enterprise'],
        version: 1,
        newestVersion: 1,
      })
    })

    it('include its own private plan, which no other organization sees', async () => {
      const own = await subject().organization('subscribed/secret')
      expect((await plansOf(own)).plans.map(({ key }) => key)).toContain('secret')
      expect(await shown(own)).toContain('secret * false')
      const other = await subject().organization('subscribed/free')
      expect((await plansOf(other)).plans.map(({ key }) => key)).not.toContain('secret')
    })

    it('show a scheduled change until it is cancelled', async () => {
      const id = await subject().organization('subscribed/enterprise')
      const { tollgate } = subject()
      const change = { organizationId: id, plan: 'subscribed/free', when: 'period_end' as const }
      const { currentPeriod } = await tollgate.subscriptions.change(change)
      const { scheduled, plans } = await plansOf(id)
      const at = currentPeriod.end
      expect(scheduled).toEqual({ plan: 'subscribed/free', version: 1, at })
      expect(plans.filter(({ scheduledFor }) => scheduledFor === at).map(({ key }) => key)).toEqual(
        ['free'],
      )
      await tollgate.subscriptions.keep({ organizationId: id })
      expect((await plansOf(id)).scheduled).toBeNull()
    })

    it('show its own plan in its version, with the newest version number', async () => {
      const id = await subject().organization('subscribed/tried')
      const { tollgate } = subject()
      await tollgate.catalog.plans.update({ key: 'subscribed/tried', monthlyPriceUsd: 59 })
      const ownOf = async (organizationId: string) =>
        (await plansOf(organizationId)).plans.find(({ key }) => key === 'tried')
      expect(await ownOf(id)).toMatchObject({
        current: true,
        version: 1,
        newestVersion: 2,
        monthlyPriceUsd: '49',
      })
      const other = await subject().organization('subscribed/free')
      expect(await ownOf(other)).toMatchObject({
        current: false,
        version: 2,
        newestVersion: 2,
        monthlyPriceUsd: '59',
      })
    })
  },
  { catalogs: [catalog] },
)
