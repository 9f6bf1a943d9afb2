import { expect, it } from 'vitest'
import { inShort, toldOf } from './alert-steps.ts'
import { alertsOnly } from './alerts-catalog.ts'
import { describeOnEverySubstrate } from './describe-tollgate.ts'

describeOnEverySubstrate(
  'a rule on credits that run low',
  (subject) => {
    const spend = (organizationId: string, credits: number, more: object = {}) =>
      subject().tollgate.record({
        organizationId,
        eventType: 'spend',
        properties: { credits },
        ...more,
      })
    const told = async (id: string) => inShort(await toldOf(subject().tollgate, id))
    const watched = async (...levels: number[]) => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/credited')
      const thresholds = levels.map((at) => ({ at, severity: 'warning' as const }))
      await tollgate.alerts.create({ organizationId: id, kind: 'credits_below', thresholds })
      // Another file tests alerts on shares of a limit, so they are turned off here.
      for await (const { id: alertId, builtIn } of tollgate.alerts.list({ organizationId: id })) {
        if (builtIn) await tollgate.alerts.update({ organizationId: id, alertId, enabled: false })
      }
      return id
    }
    const grant = (organizationId: string, credits: number) =>
      subject().tollgate.grants.create({ organizationId, credits, reason: 'a test' })

    it('fires at the threshold, in the transaction that moves the credits', async () => {
      const id = await watched(20)
      await spend(id, 79.999999)
      expect(await told(id)).toEqual([])
      await spend(id, 0.000001)
      expect((await toldOf(subject().tollgate, id))[0]).toMatchObject({
        kind: 'fired',
        rule: 'credits_below',
        value: '20',
        threshold: '20',
        unit: 'credits',
        standing: false,
        title: '20 credits are left: 20 or less',
      })
    })

    it('fires at each level, and below zero for a debt', async () => {
      const id = await watched(20, 0, -5)
      await spend(id, 104)
      expect(await told(id)).toEqual(['fired credits 0/null', 'fired credits 20/null'])
      await spend(id, 2)
      const last = (await toldOf(subject().tollgate, id)).at(-1)
      expect(last).toMatchObject({ kind: 'fired', value: '-6', threshold: '-5' })
    })

    it('recovers only past the threshold by a margin, and only after a fall', async () => {
      const id = await watched(20)
      await spend(id, 50)
      await spend(id, 30, { id: 'a' })
      await spend(id, 1, { id: 'b' })
      expect(await told(id)).toEqual(['fired credits 20/null'])
      const undo = (eventId: string) =>
        subject().tollgate.reverse({ organizationId: id, eventId, reason: 'a test' })
      await undo('b')
      expect(await told(id)).toHaveLength(1)
      await undo('a')
      expect((await told(id)).slice(1)).toEqual(['recovered credits 20/null'])
      await spend(id, 40)
      expect((await told(id)).slice(2)).toEqual(['fired credits 20/null'])
    })

    it('recovers also a hundred days after it fired', async () => {
      const { clock, engine } = subject()
      const id = await watched(150)
      expect(await told(id)).toEqual(['fired credits 150/null standing'])
      await clock.advance(100 * 86_400_000)
      await engine.admin.cleanup()
      await grant(id, 200)
      expect((await told(id)).at(-1)).toBe('recovered credits 150/null')
    })

    it('recovers at once with a grant that lifts it past the threshold', async () => {
      const id = await watched(20)
      await spend(id, 85)
      await grant(id, 5)
      expect(await told(id)).toEqual(['fired credits 20/null'])
      await grant(id, 0.5)
      expect((await told(id)).slice(1)).toEqual(['recovered credits 20/null'])
      await spend(id, 0.5)
      expect((await told(id)).slice(2)).toEqual(['fired credits 20/null'])
    })

    it('reports no recovery from a fall that did not fire', async () => {
      const { tollgate } = subject()
      const id = await watched(20)
      await spend(id, 30)
      await grant(id, 100)
      expect(await told(id)).toEqual([])
      const { items } = await tollgate.alerts.list({ organizationId: id })
      const alertId = items.at(-1)?.id ?? ''
      await spend(id, 160)
      expect(await told(id)).toEqual(['fired credits 20/null'])
      await tollgate.alerts.update({ organizationId: id, alertId, enabled: false })
      await grant(id, 100)
      await tollgate.alerts.update({ organizationId: id, alertId, enabled: true })
      expect(await told(id)).toHaveLength(1)
      await spend(id, 100)
      expect((await told(id)).slice(1)).toEqual(['fired credits 20/null'])
    })

    it('fires as standing if credits are low at its creation, and once under concurrency', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/credited')
      await spend(id, 95)
      await tollgate.alerts.create({
        organizationId: id,
        kind: 'credits_below',
        thresholds: [
          { at: 10, severity: 'warning' },
          { at: 2, severity: 'critical' },
        ],
      })
      await Promise.all(Array.from({ length: 16 }, () => spend(id, 0.25)))
      const credits = (await told(id)).filter((line) => line.includes('credits '))
      expect(credits).toEqual(['fired credits 10/null standing', 'fired credits 2/null'])
    })

    it('counts settled holds, and not open ones', async () => {
      const { tollgate } = subject()
      const id = await watched(20)
      const hold = await tollgate.reserve({
        organizationId: id,
        eventType: 'spend',
        properties: { credits: 90 },
      })
      expect(await told(id)).toEqual([])
      if (!hold.allowed) throw new Error('it was to be held')
      await tollgate.settle({ organizationId: id, reservationId: hold.reservationId })
      expect(await told(id)).toEqual(['fired credits 20/null'])
    })

    it('does not apply to unlimited credits', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/unlimited')
      await tollgate.alerts.create({
        organizationId: id,
        kind: 'credits_below',
        thresholds: [{ at: 10, severity: 'warning' }],
      })
      await spend(id, 1_000)
      expect(await told(id)).toEqual([])
    })

    it('recovers with the next window', async () => {
      const { clock } = subject()
      const id = await watched(20)
      await spend(id, 90)
      await clock.set('2026-05-01T00:00:00Z')
      await spend(id, 1)
      await expect
        .poll(() => told(id))
        .toEqual(['fired credits 20/null', 'recovered credits 20/null'])
    })
  },
  alertsOnly,
)
