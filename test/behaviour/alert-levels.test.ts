import { expect, it } from 'vitest'
import type { AlertCreateInput } from '../../src/contract/alerts.ts'
import { BUILT_IN_SHARE, inShort, toldOf } from './alert-steps.ts'
import { alertsOnly } from './alerts-catalog.ts'
import { describeOnEverySubstrate } from './describe-tollgate.ts'

const DAY_MS = 86_400_000
const noon = { at: '2026-03-10T12:00:00Z' }

describeOnEverySubstrate(
  'a rule on the share of a limit',
  (subject) => {
    const use = (organizationId: string, calls: number, more: object = {}) =>
      subject().tollgate.record({
        organizationId,
        eventType: 'use',
        quantities: { calls },
        ...more,
      })
    const told = async (id: string) => inShort(await toldOf(subject().tollgate, id))
    const made = (organizationId: string, rule: AlertCreateInput) =>
      subject().tollgate.alerts.create({ organizationId, ...rule })
    const limited = (organizationId: string, max: number | null, more: object = {}) =>
      subject().tollgate.limits.override({
        organizationId,
        meter: 'calls',
        window: 'day',
        max,
        behavior: 'soft' as const,
        reason: 'a test',
        ...more,
      })

    it('fires at each of its levels, once a window, with all its data', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization('watched/daily')
      for (let n = 0; n < 110; n += 10) await use(id, 10)
      const events = await toldOf(tollgate, id)
      expect(inShort(events)).toEqual([
        ...['fired calls/day 50/100', 'fired calls/day 80/100', 'fired calls/day 90/100'],
        'fired calls/day 100/100',
      ])
      expect(events.map(({ severity }) => severity)).toEqual([
        ...['info', 'warning', 'warning', 'critical'],
      ])
      expect(events[1]).toEqual({
        kind: 'fired',
        alertId: BUILT_IN_SHARE,
        firingId: expect.any(String),
        rule: 'limit_share',
        severity: 'warning',
        title: '80 % of calls/day is used: 80 of 100 calls',
        subject: 'calls/day',
        value: '80',
        threshold: '80',
        maximum: '100',
        unit: 'calls',
        windowStart: '2026-03-10T00:00:00.000Z',
        windowEnd: '2026-03-11T00:00:00.000Z',
        occurredAt: clock.now().toISOString(),
        decidedAt: clock.now().toISOString(),
        standing: false,
        cause: `${id}@${clock.now().toISOString()}`,
      })
      await clock.advance(DAY_MS)
      await use(id, 55)
      expect((await told(id)).slice(4)).toEqual(['fired calls/day 50/100'])
    })

    it('fires exactly at the line, and not below it', async () => {
      const id = await subject().organization('watched/daily')
      await use(id, 79)
      expect(await told(id)).toEqual(['fired calls/day 50/100'])
      await use(id, 1)
      expect(await told(id)).toEqual(['fired calls/day 50/100', 'fired calls/day 80/100'])
    })

    it('compares in whole units, however small they are', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/unlimited')
      const rule = { kind: 'limit_share', meter: 'volume', window: 'day', maximum: 0.7 } as const
      await made(id, { ...rule, thresholds: [{ at: 10, severity: 'info' }] })
      const move = (volume: number) =>
        tollgate.record({ organizationId: id, eventType: 'move', quantities: { volume } })
      await move(0.06)
      expect(await told(id)).toEqual([])
      await move(0.01)
      expect(await told(id)).toEqual(['fired volume/day 0.07/0.7'])
    })

    it('fires each level of a jump over several', async () => {
      const id = await subject().organization('watched/daily')
      await use(id, 60)
      await use(id, 35)
      expect(await told(id)).toEqual([
        ...['fired calls/day 50/100', 'fired calls/day 80/100', 'fired calls/day 90/100'],
      ])
      const events = await toldOf(subject().tollgate, id)
      expect(events[1]?.cause).toBe(events[2]?.cause)
    })

    it('fires once if many calls cross at once, singly or as a batch', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/daily')
      const call = { organizationId: id, eventType: 'call' }
      const several = Array.from({ length: 10 }, () => call)
      await Promise.all([
        ...Array.from({ length: 85 }, () => tollgate.track(call)),
        tollgate.record(several),
        tollgate.record(several),
      ])
      expect(await told(id)).toEqual([
        ...['fired calls/day 50/100', 'fired calls/day 80/100', 'fired calls/day 90/100'],
        'fired calls/day 100/100',
      ])
    })

    it('does not fire again for a repeated event id', async () => {
      const id = await subject().organization('watched/daily')
      await use(id, 50, { id: 'once' })
      await use(id, 50, { id: 'once' })
      expect(await told(id)).toEqual(['fired calls/day 50/100'])
    })

    it('counts a hold when it is settled, and not while it is open', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/daily')
      const hold = await tollgate.reserve({
        organizationId: id,
        eventType: 'use',
        quantities: { calls: 90 },
      })
      expect(await told(id)).toEqual([])
      if (!hold.allowed) throw new Error('it was to be held')
      await tollgate.settle({
        organizationId: id,
        reservationId: hold.reservationId,
        quantities: { calls: 55 },
      })
      expect(await told(id)).toEqual(['fired calls/day 50/100'])
    })

    it('does not fire again when usage is reversed and reaches a level again', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/daily')
      await use(id, 50, { id: 'undone' })
      await tollgate.reverse({ organizationId: id, eventId: 'undone', reason: 'a test' })
      await use(id, 55)
      expect(await told(id)).toEqual(['fired calls/day 50/100'])
    })

    it('fires anew after a raised limit, and at once after a lowered one', async () => {
      const id = await subject().organization('watched/daily')
      await use(id, 85)
      expect(await told(id)).toHaveLength(2)
      await limited(id, 200)
      expect(await told(id)).toHaveLength(2)
      await use(id, 75)
      expect((await told(id)).slice(2)).toEqual([
        ...['fired calls/day 100/200', 'fired calls/day 160/200'],
      ])
      await limited(id, 160)
      expect((await told(id)).slice(4)).toEqual([
        ...['fired calls/day 144/160 standing', 'fired calls/day 160/160 standing'],
      ])
      await limited(id, 200)
      await limited(id, 160)
      await use(id, 1)
      expect(await told(id)).toHaveLength(6)
    })

    it('does not fire without a maximum, or with a maximum of zero', async () => {
      const { organization } = subject()
      const none = await organization('watched/nothing')
      await use(none, 5)
      const id = await organization('watched/daily')
      await use(id, 10)
      await limited(id, null)
      await use(id, 200)
      expect([await told(none), await told(id)]).toEqual([[], []])
    })

    it('uses the limit in force after an override expires', async () => {
      const { clock, organization } = subject()
      const id = await organization('watched/daily')
      await limited(id, 1_000, { expiresAt: new Date(clock.now().getTime() + 60_000) })
      await use(id, 60)
      expect(await told(id)).toEqual([])
      await clock.advance(61_000)
      await use(id, 1_000)
      // Fired by this use, or as `standing` by the minute job, whichever ran first.
      expect((await told(id)).at(0)).toMatch(/^fired calls\/day 50\/100( standing)?$/)
    })

    it('fires at once, as standing, if usage is past it at its creation', async () => {
      const id = await subject().organization('watched/unlimited')
      await use(id, 30)
      const rule = { kind: 'limit_share', meter: 'calls', window: 'day', maximum: 40 } as const
      const { id: alertId } = await made(id, {
        ...rule,
        thresholds: [
          { at: 70, severity: 'info' },
          { at: 80, severity: 'warning' },
        ],
      })
      expect(await told(id)).toEqual(['fired calls/day 28/40 standing'])
      await use(id, 10)
      expect((await told(id)).slice(1)).toEqual(['fired calls/day 32/40'])
      const { items } = await subject().tollgate.alerts.firings({ organizationId: id, alertId })
      expect(items.map(({ standing, threshold }) => `${threshold} ${standing}`).sort()).toEqual([
        ...['28 true', '32 false'],
      ])
    })

    it('fires anew when it is edited, but not when only its name is', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/unlimited')
      await use(id, 30)
      const rule = { kind: 'limit_share', meter: 'calls', window: 'day', maximum: 40 } as const
      const { id: alertId } = await made(id, {
        ...rule,
        thresholds: [{ at: 70, severity: 'info' }],
      })
      const of = { organizationId: id, alertId }
      expect(await tollgate.alerts.update({ ...of, name: 'Calls' })).toMatchObject({ version: 1 })
      await use(id, 1)
      expect(await told(id)).toHaveLength(1)
      const edited = { thresholds: [{ at: 75, severity: 'critical' as const }] }
      expect(await tollgate.alerts.update({ ...of, ...edited })).toMatchObject({ version: 2 })
      expect((await told(id)).slice(1)).toEqual(['fired calls/day 30/40 standing'])
    })

    it('evaluates every rule of two on one meter, and each rule edited while use is posted once', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/unlimited')
      const rule = { kind: 'limit_share', meter: 'calls', window: 'day', maximum: 100 } as const
      const at = (percent: number) => ({ thresholds: [{ at: percent, severity: 'info' as const }] })
      const { id: alertId } = await made(id, { ...rule, ...at(50) })
      await made(id, { ...rule, ...at(60) })
      await Promise.all([
        ...Array.from({ length: 70 }, () => use(id, 1)),
        tollgate.alerts.update({ organizationId: id, alertId, ...at(40) }),
      ])
      const all = await told(id)
      const ofThreshold = (one: string) => all.filter((line) => line.includes(` ${one}/100`))
      expect(ofThreshold('60')).toHaveLength(1)
      expect(ofThreshold('40')).toHaveLength(1)
      expect(ofThreshold('50').length).toBeLessThanOrEqual(1)
    })

    it('fires on late usage less than an hour after its window, and not on later usage', async () => {
      const { clock, organization, tollgate } = subject()
      const id = await organization('watched/daily', '2026-03-01T00:00:00Z')
      await clock.set('2026-03-12T00:30:00Z')
      await use(id, 60, { timestamp: '2026-03-11T23:00:00Z' })
      expect(await told(id)).toEqual(['fired calls/day 50/100'])
      await clock.set('2026-03-12T01:00:00Z')
      await use(id, 30, { timestamp: '2026-03-11T23:00:00Z' })
      expect(await use(id, 100, { timestamp: '2026-03-10T13:00:00Z' })).toMatchObject({
        rejected: [],
      })
      expect(await told(id)).toHaveLength(1)
      const late = await tollgate.alerts.firings({ organizationId: id, state: 'suppressed' })
      expect(late.items).toHaveLength(6)
      expect(late.items.every(({ suppressed }) => suppressed === 'late')).toBe(true)
    })

    it('works for state meters as for additive ones', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/daily')
      const store = (stored: number) =>
        tollgate.record({ organizationId: id, eventType: 'store', quantities: { stored } })
      await store(4)
      await store(6)
      await store(2)
      await store(6)
      expect(await told(id)).toEqual(['fired stored/month 5/10'])
    })

    it('can be turned off by an organization for itself, and on again', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/daily')
      const of = { organizationId: id, alertId: BUILT_IN_SHARE }
      expect(await tollgate.alerts.update({ ...of, enabled: false })).toMatchObject({
        enabled: false,
        scope: 'platform',
        organizationId: null,
        builtIn: true,
      })
      await use(id, 85)
      expect(await told(id)).toEqual([])
      const other = await organization('watched/daily')
      await use(other, 85)
      expect(await told(other)).toHaveLength(2)
      await tollgate.alerts.update({ ...of, enabled: true })
      expect(await told(id)).toEqual([
        ...['fired calls/day 50/100 standing', 'fired calls/day 80/100 standing'],
      ])
    })

    it('of a plan applies to its customers, from when they join it', async () => {
      const { tollgate, organization } = subject()
      const rule = { kind: 'limit_share', meter: 'calls', window: 'hour', maximum: 10 } as const
      const { id: alertId } = await tollgate.platformAlerts.create({
        ...rule,
        plan: 'watched/hard',
        thresholds: [{ at: 30, severity: 'info' }],
      })
      const on = await organization('watched/hard')
      const off = await organization('watched/daily')
      for (const id of [on, off]) await use(id, 4)
      expect([await told(on), await told(off)]).toEqual([['fired calls/hour 3/10'], []])
      await tollgate.organizations.update({ organizationId: off, plan: 'watched/hard' })
      expect(await told(off)).toEqual(['fired calls/hour 3/10 standing'])
      await tollgate.platformAlerts.remove({ alertId })
    })

    it('follows an edited plan for its customers', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/edited')
      await use(id, 40)
      const limits = (max: number) => [
        { meter: 'calls', window: 'day' as const, max, behavior: 'soft' as const },
      ]
      const edited = { key: 'watched/edited', limits: limits(60), applyToExisting: true }
      await tollgate.catalog.plans.update(edited)
      await use(id, 1)
      expect(await told(id)).toEqual(['fired calls/day 30/60 standing'])
    })

    it('of the platform fires within a minute for customers without new usage', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization('watched/unlimited')
      await use(id, 9)
      const { id: alertId } = await tollgate.platformAlerts.create({
        kind: 'limit_share',
        meter: 'calls',
        window: 'day',
        maximum: 10,
        thresholds: [{ at: 90, severity: 'info' }],
      })
      await clock.advance(60_000)
      await expect.poll(() => told(id)).toEqual(['fired calls/day 9/10 standing'])
      await use(id, 1)
      expect(await told(id)).toHaveLength(1)
      await tollgate.platformAlerts.remove({ alertId })
    })

    it('can be on model cost, in dollars', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/unlimited')
      const spend = (inputTokens: number) =>
        tollgate.record({
          organizationId: id,
          eventType: 'call',
          provider: 'openai',
          model: 'gpt-4o',
          inputTokens,
          outputTokens: 0,
        })
      await spend(200_000)
      await made(id, {
        kind: 'spend_above',
        window: 'month',
        thresholds: [
          { at: 0.5, severity: 'info' },
          { at: 1, severity: 'critical' },
        ],
      })
      expect(await told(id)).toEqual(['fired model_cost/month 0.5/null standing'])
      await spend(199_999)
      expect(await told(id)).toHaveLength(1)
      await spend(1)
      const last = (await toldOf(tollgate, id)).at(-1)
      expect(last).toMatchObject({
        value: '1',
        threshold: '1',
        unit: 'USD',
        severity: 'critical',
        standing: false,
        title: 'Spend on models is past its threshold in this month: 1.00 of 1.00 USD',
      })
      await spend(1_000_000)
      expect(await told(id)).toHaveLength(2)
    })

    it('includes grants in the allowance of credits', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('watched/credited')
      await tollgate.grants.create({ organizationId: id, credits: 100, reason: 'a test' })
      const spend = (credits: number) =>
        tollgate.record({ organizationId: id, eventType: 'spend', properties: { credits } })
      await spend(99.999999)
      expect(await told(id)).toEqual([])
      await spend(0.000001)
      expect(await told(id)).toEqual(['fired credits/month 100/200'])
    })
  },
  { ...alertsOnly, ...(noon as object) },
)
