import { expect, it } from 'vitest'
import { held } from '../setup/held.ts'
import { creditsOnly } from './credits-catalog.ts'
import { describeInProcessByForm } from './describe-tollgate.ts'

const ANCHOR = '2026-03-01T00:00:00Z'
const NOW = { when: 'now' as const }

describeInProcessByForm(
  'a recurring grant, top-up or plan change',
  (subject) => {
    const fresh = async () => {
      await subject().clock.set('2026-03-10T12:00:00Z')
      const id = await subject().organization('prepaid', ANCHOR)
      const again = { everyMonths: 1, rolloverMax: 10, reason: 'test' }
      await subject().tollgate.grants.create({ organizationId: id, credits: 30, ...again })
      return id
    }
    const granted = async (organizationId: string) => {
      const { items } = await subject().tollgate.grants.list({ organizationId })
      return items.map(({ source, state, remaining }) => `${source} ${state} ${remaining}`)
    }
    const ordered = async (organizationId: string) => {
      const rows = await subject().db.query(
        `select from tollgate.outbox where organization_id = $1 and kind = 'top_up'`,
        [organizationId],
      )
      return rows.length
    }

    it.each(['closed', 'ended'])(
      'ends for a %s organization, with nothing carried over',
      async (how) => {
        const { tollgate, clock } = subject()
        const id = await fresh()
        await clock.set('2026-03-20T00:00:00Z')
        if (how === 'closed') await tollgate.organizations.close({ organizationId: id })
        else await tollgate.subscriptions.cancel({ organizationId: id, when: 'now' })
        await clock.set('2026-06-20T00:00:00Z')
        expect(await granted(id)).toEqual(['recurring expired 0'])
        expect((await tollgate.admin.aggregate()).differences).toEqual([])
      },
    )

    it('continues at the next boundary after a subscription restarts', async () => {
      const { tollgate, clock } = subject()
      const id = await fresh()
      await tollgate.subscriptions.cancel({ organizationId: id, when: 'now' })
      await clock.set('2026-05-20T00:00:00Z')
      await tollgate.subscriptions.restart({ organizationId: id })
      expect(await granted(id)).toEqual(['recurring expired 0'])
      await clock.set('2026-06-10T12:00:00Z')
      expect(await granted(id)).toEqual(['recurring active 30', 'recurring expired 0'])
    })

    it('adds nothing during a pause, and the rest carries over', async () => {
      const { tollgate, clock } = subject()
      const id = await fresh()
      await tollgate.subscriptions.pause({ organizationId: id })
      await clock.set('2026-05-20T00:00:00Z')
      await tollgate.subscriptions.resume({ organizationId: id })
      const { available } = await tollgate.grants.balance({ organizationId: id })
      expect(available).toBe(10)
      await clock.set('2026-06-10T12:00:00Z')
      expect(await tollgate.grants.balance({ organizationId: id })).toMatchObject({ available: 40 })
    })

    it.each(['pause', 'cancel'] as const)('buys nothing after a %s', async (stop) => {
      const { tollgate, clock } = subject()
      await clock.set('2026-03-10T12:00:00Z')
      const organizationId = await subject().organization('prepaid', ANCHOR)
      await tollgate.grants.create({ organizationId, credits: 20, reason: 'test' })
      const bought = { below: 5, credits: 50, amount: '5.00' }
      await tollgate.grants.setTopUp({ organizationId, ...bought })
      const spent = { eventType: 'spend', properties: { credits: 15 } }
      const { reservationId } = held(await tollgate.reserve({ organizationId, ...spent }))
      await clock.set('2026-03-10T12:01:00Z')
      await tollgate.subscriptions[stop]({ organizationId, ...(stop === 'cancel' && NOW) })
      const properties = { credits: 18 }
      await tollgate.settle({ organizationId, reservationId, properties })
      expect(await tollgate.grants.balance({ organizationId })).toMatchObject({ available: 2 })
      expect(await ordered(organizationId)).toBe(0)
    })

    it('changes no plan after the subscription ended', async () => {
      const { tollgate, clock } = subject()
      await clock.set('2026-03-10T12:00:00Z')
      const trial = { trialEndsAt: new Date('2026-03-20T00:00:00Z') }
      const id = 'tried-and-left'
      await tollgate.organizations.create({ id, name: id, plan: 'credits/hundred', ...trial })
      await tollgate.subscriptions.cancel({ organizationId: id, when: 'now' })
      await clock.set('2026-04-20T00:00:00Z')
      const { items } = await tollgate.audit.list({ organizationId: id })
      expect(items.map(({ action }) => action)).not.toContain('trial.expired')
      expect((await tollgate.subscriptions.get({ organizationId: id })).state).toBe('ended')
    })
  },
  creditsOnly,
)
