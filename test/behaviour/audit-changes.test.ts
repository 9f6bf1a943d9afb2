import { expect, it } from 'vitest'
import type { AuditEvent } from '../../src/contract/audit.ts'
import { alertsOnly } from './alerts-catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

describeTollgate(
  'the audit entry of a change',
  (subject) => {
    const latest = async (
      organizationId: string,
      action: string,
    ): Promise<Pick<AuditEvent, 'old' | 'new'>> => {
      const { items } = await subject().tollgate.audit.list({ organizationId, action })
      if (!items[0]) throw new Error(`there is no ${action}`)
      return { old: items[0].old, new: items[0].new }
    }

    it('has every setting of an alert, before and after', async () => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('watched/daily')
      const share = await tollgate.alerts.create({
        organizationId,
        kind: 'limit_share',
        name: 'Volume',
        meter: 'volume',
        window: 'day',
        maximum: 12.5,
      })
      const rate = await tollgate.alerts.create({
        organizationId,
        kind: 'latency',
        name: 'Slow',
        thresholds: [{ at: 800, severity: 'warning' }],
      })
      for (const [alertId, change] of [
        [share.id, { name: null }],
        [share.id, { maximum: 13 }],
        [share.id, { meter: 'calls', window: 'hour' }],
        [share.id, { thresholds: [{ at: 70, severity: 'critical' }] }],
        [share.id, { enabled: false }],
        [rate.id, { endpoint: '/chat', percentile: 50, minimumCalls: 5 }],
        [rate.id, { badMinutes: 2, ofMinutes: 4, goodMinutes: 7 }],
      ] as const) {
        const before = await tollgate.alerts.get({ organizationId, alertId })
        await tollgate.alerts.update({ organizationId, alertId, ...change } as never)
        const after = await tollgate.alerts.get({ organizationId, alertId })
        const entry = await latest(organizationId, 'alert.updated')
        for (const field of Object.keys(change) as (keyof typeof after)[]) {
          expect(entry.old, field).toMatchObject({ [field]: before[field] })
          expect(entry.new, field).toMatchObject({ [field]: after[field] })
        }
      }
      await tollgate.alerts.remove({ organizationId, alertId: rate.id })
      expect((await latest(organizationId, 'alert.removed')).old).toMatchObject({
        name: 'Slow',
        endpoint: '/chat',
        percentile: 50,
      })
    })

    it('has every term of a limit, before and after', async () => {
      const { tollgate, organization, clock } = subject()
      const organizationId = await organization('watched/daily')
      const limit = { organizationId, meter: 'calls', window: 'day', reason: 'a test' } as const
      const until = (days: number) =>
        new Date(clock.now().getTime() + days * 86_400_000).toISOString()
      const first = { max: 70, behavior: 'hard', expiresAt: until(1), decide: 'strict' } as const
      const second = {
        max: 80,
        behavior: 'overage',
        cap: 90,
        expiresAt: until(2),
        durable: true,
      } as const
      await tollgate.limits.override({ ...limit, ...first })
      const { id: overrideId } = await tollgate.limits.override({ ...limit, ...second })
      const entry = await latest(organizationId, 'limit.overridden')
      expect(entry.old).toMatchObject({ ...first, cap: null, durable: false })
      expect(entry.new).toMatchObject({ ...second, decide: null })
      expect(Object.keys(entry.new as object).sort()).toEqual(
        Object.keys(entry.old as object).sort(),
      )
      await tollgate.limits.remove({ organizationId, overrideId })
      const removed = await latest(organizationId, 'limit.override_removed')
      expect(removed).toMatchObject({
        old: { ...second, overrideId },
        new: { max: 100, behavior: 'soft', cap: null, expiresAt: null, overrideId: null },
      })
    })

    it('has the scopes and the end of the key that replaces a rotated one', async () => {
      const { tollgate, organization, clock } = subject()
      const organizationId = await organization('watched/daily')
      const expiresAt = new Date(clock.now().getTime() + 86_400_000).toISOString()
      const made = await tollgate.apiKeys.create({ organizationId, name: 'shop', expiresAt })
      await clock.advance(3_600_000)
      const rotated = await tollgate.apiKeys.rotate({ organizationId, keyId: made.id })
      expect((await latest(organizationId, 'key.rotated')).new).toMatchObject({
        replacedBy: rotated.id,
        replacement: {
          prefix: rotated.prefix,
          scopes: rotated.scopes,
          expiresAt: rotated.expiresAt,
        },
      })
    })
  },
  alertsOnly,
)
