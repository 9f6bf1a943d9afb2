import { expect, it } from 'vitest'
import { evaluateAlerts } from '../../src/engine/alerts/evaluate-alerts.ts'
import { PRICE_LIBRARY } from '../../src/engine/catalog/price-library.ts'
import type { Database } from '../../src/storage/database.ts'
import { toldOf } from './alert-steps.ts'
import { alertsOnly } from './alerts-catalog.ts'
import { describeEngine } from './describe-engine.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describeEngine(
  "an hour's look at alerts",
  { ...alertsOnly, at: '2026-05-09T00:30:00Z' },
  (subject) => {
    let atMs = new Date('2026-05-09T00:30:00Z').getTime()
    /** The look of another process, whose clock is later. Its queries may be replaced. */
    const looks = (afterMs: number, query?: (text: string) => Promise<never> | undefined) => {
      const { db } = subject()
      atMs += afterMs
      const at = new Date(atMs)
      const replaced = {
        ...db,
        query: (text: string, values: never) => query?.(text) ?? db.query(text, values),
      } as Database
      return evaluateAlerts({
        db: replaced,
        clock: { now: () => at },
        catalog: { meter: () => undefined },
      } as never)
    }
    /** Lets a look go as far as it comes. */
    const diesLooking = async (afterMs: number, part: string) => {
      let isThere = () => {}
      const there = new Promise<void>((resolve) => {
        isThere = resolve
      })
      void looks(afterMs, (text) => {
        if (!text.includes(part)) return undefined
        isThere()
        return new Promise<never>(() => {})
      })
      await there
    }
    const kindsOf = async (organizationId: string, rule: string) =>
      (await toldOf(subject().tollgate, organizationId))
        .filter((one) => one.rule === rule)
        .map(({ kind }) => kind)
    /** An organization that called models without a price, a while ago. */
    const unpriced = async () => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('watched/unlimited', '2026-01-01T00:00:00Z')
      const model = { provider: 'nobody', model: 'no-such-model', inputTokens: 1 }
      await tollgate.record({ organizationId, eventType: 'call', ...model })
      return organizationId
    }
    const toNextHour = () => HOUR_MS - (atMs % HOUR_MS)

    it('is repeated if its process dies in the middle, and fires once', async () => {
      const id = await unpriced()
      await diesLooking(toNextHour(), 'judge_alert')
      expect(await kindsOf(id, 'unpriced_calls')).toEqual([])
      // The dead process has it on lease.
      await looks(MINUTE_MS)
      expect(await kindsOf(id, 'unpriced_calls')).toEqual([])
      await looks(MINUTE_MS)
      expect(await kindsOf(id, 'unpriced_calls')).toEqual(['fired'])
      await looks(MINUTE_MS)
      await looks(MINUTE_MS)
      expect(await kindsOf(id, 'unpriced_calls')).toEqual(['fired'])
    })

    it('is repeated with the next minute if it fails, and each part is done all the same', async () => {
      const id = await unpriced()
      const broken = (text: string) =>
        text.includes('tollgate.window_end(l.window_name')
          ? Promise.reject(new Error('away'))
          : undefined
      await expect(looks(toNextHour(), broken)).rejects.toThrow('away')
      expect(await kindsOf(id, 'unpriced_calls')).toEqual(['fired'])
      let again = 0
      await looks(MINUTE_MS, (text) => {
        if (text.includes('tollgate.window_end(l.window_name')) again += 1
        return undefined
      })
      await looks(MINUTE_MS, (text) => {
        if (text.includes('tollgate.window_end(l.window_name')) again += 1
        return undefined
      })
      expect(again).toBe(1)
      expect(await kindsOf(id, 'unpriced_calls')).toEqual(['fired'])
    })

    it('counts once for a forecast, however often it is repeated', async () => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('watched/unlimited', '2026-01-01T00:00:00Z')
      const limit = { meter: 'calls', window: 'month', max: 300, behavior: 'soft' } as const
      await tollgate.limits.override({ organizationId, ...limit, reason: 'a test' })
      for (let day = 1; day <= 8; day += 1) {
        const timestamp = `2026-05-0${day}T12:00:00Z`
        const quantities = { calls: 20 }
        await tollgate.record({ organizationId, eventType: 'use', quantities, timestamp })
      }
      await diesLooking(toNextHour(), 'sweep_alert_credits')
      await looks(2 * MINUTE_MS)
      await looks(MINUTE_MS)
      expect(await kindsOf(organizationId, 'limit_forecast')).toEqual([])
      await diesLooking(toNextHour(), 'sweep_alert_credits')
      await looks(2 * MINUTE_MS)
      expect(await kindsOf(organizationId, 'limit_forecast')).toEqual(['fired'])
      await tollgate.limits.override({ organizationId, ...limit, max: 3_000, reason: 'a test' })
      await looks(toNextHour())
      expect(await kindsOf(organizationId, 'limit_forecast')).toEqual(['fired', 'recovered'])
    })

    it('ends the firings of rules that no longer apply, without a notice', async () => {
      const { tollgate, organization } = subject()
      const rule = { kind: 'credits_below', thresholds: [{ at: 50, severity: 'warning' }] } as const
      await tollgate.platformAlerts.create({
        ...rule,
        thresholds: [...rule.thresholds],
        plan: 'watched/credited',
      })
      const acts = [
        (organizationId: string) => tollgate.organizations.close({ organizationId }),
        (organizationId: string) =>
          tollgate.organizations.update({ organizationId, plan: 'watched/unlimited' }),
      ]
      for (const act of acts) {
        const organizationId = await organization('watched/credited')
        const properties = { credits: 60 }
        await tollgate.track({ organizationId, eventType: 'spend', properties })
        const open = { organizationId, rule: 'credits_below', state: 'open' } as const
        expect((await tollgate.platformAlerts.firings(open)).items).toHaveLength(1)
        await act(organizationId)
        await looks(MINUTE_MS)
        const ended = await tollgate.platformAlerts.firings({ ...open, state: 'ended' })
        expect(ended.items).toMatchObject([{ ended: 'rule_changed' }])
        expect(await kindsOf(organizationId, 'credits_below')).toEqual(['fired'])
      }
    })

    it('ends what fired for a price list that is replaced', async () => {
      const { db, tollgate } = subject()
      const beganMs = atMs
      atMs = Date.parse(PRICE_LIBRARY.publishedAt) + 70 * 24 * HOUR_MS
      await looks(0)
      // Only an older version of Tollgate has other prices.
      await db.query(`update tollgate.alert_states set key = 'older' where subject like 'model_p%'`)
      atMs -= 60 * 24 * HOUR_MS
      await looks(0)
      const told = await toldOf(tollgate, null)
      expect(told.filter(({ rule }) => rule === 'prices_age').map(({ kind }) => kind)).toEqual([
        ...['fired', 'recovered'],
      ])
      atMs = beganMs
    })

    it('is done by one of two processes, and fires once', async () => {
      const id = await unpriced()
      let looked = 0
      const counted = (text: string) => {
        if (text.includes('sum(unpriced)')) looked += 1
        return undefined
      }
      await Promise.all([looks(toNextHour(), counted), looks(0, counted)])
      expect(looked).toBe(1)
      expect(await kindsOf(id, 'unpriced_calls')).toEqual(['fired'])
    })

    it('finds the limits that fell while no process was there', async () => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('watched/daily')
      await looks(MINUTE_MS)
      const expiresAt = new Date(atMs + 5 * MINUTE_MS).toISOString()
      const limit = { meter: 'calls', window: 'day', max: 1_000, behavior: 'soft' } as const
      await tollgate.limits.override({ organizationId, ...limit, reason: 'a test', expiresAt })
      await tollgate.record({ organizationId, eventType: 'use', quantities: { calls: 95 } })
      await looks(30 * MINUTE_MS)
      const told = await toldOf(tollgate, organizationId)
      expect(told.map(({ threshold, standing }) => `${threshold} ${standing}`)).toEqual([
        ...['50 true', '80 true', '90 true'],
      ])
    })
  },
)
