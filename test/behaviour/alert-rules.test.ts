import { expect, it } from 'vitest'
import type { AlertCreateInput } from '../../src/contract/alerts.ts'
import { alertsOnly } from './alerts-catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

const wrong: readonly (readonly [input: object, field: string, says: RegExp])[] = [
  [{ kind: 'credits_below' }, 'thresholds', /must be given: at how many credits/],
  [{ kind: 'latency', thresholds: [] }, 'thresholds', /at least one/],
  [
    { kind: 'limit_share', thresholds: [{ at: 0, severity: 'info' }] },
    'thresholds[0].at',
    /from 0.01 to 1000 percent/,
  ],
  [
    { kind: 'unpriced_calls', thresholds: [{ at: 1.5, severity: 'info' }] },
    'thresholds[0].at',
    /a whole number of calls/,
  ],
  [
    { kind: 'limit_share', thresholds: [{ at: 33.3333333, severity: 'info' }] },
    'thresholds[0].at',
    /6 decimals/,
  ],
  [{ kind: 'limit_share', maximum: 10 }, 'maximum', /requires both/],
  [{ kind: 'limit_share', meter: 'none' }, 'meter', /name one of a catalog/],
  [
    { kind: 'limit_share', meter: 'calls', window: 'day', maximum: 0.5 },
    'maximum',
    /no more than 0 decimals/,
  ],
  [
    { kind: 'limit_share', meter: 'calls', window: 'day', maximum: 1e300 },
    'maximum',
    /no more than 0 decimals/,
  ],
  [
    { kind: 'limit_share', meter: 'calls', window: 'day', maximum: 5e-324 },
    'maximum',
    /no more than 0 decimals/,
  ],
  [{ kind: 'limit_share', endpoint: '/a' }, 'endpoint', /leave it out/],
  [
    { kind: 'spend_above', thresholds: [{ at: 1, severity: 'info' }] },
    'window',
    /must be one of day, month, period/,
  ],
  [{ kind: 'limit_forecast', window: 'day' }, 'window', /must be month or period/],
  [{ kind: 'error_rate', badMinutes: 9 }, 'badMinutes', /raise ofMinutes or lower badMinutes/],
  [{ kind: 'error_rate', ofMinutes: 2 }, 'ofMinutes', /raise ofMinutes or lower badMinutes/],
  [{ kind: 'job_failed' }, 'kind', /under \/api\/admin\/alerts/],
  [{ kind: 'everything' }, 'kind', /./],
]

describeTollgate(
  'rules of alerts',
  (subject) => {
    const made = async (rule: AlertCreateInput = { kind: 'error_rate' }) => {
      const { tollgate, organization } = subject()
      const organizationId = await organization('watched/daily')
      const alert = await tollgate.alerts.create({ organizationId, ...rule })
      return { tollgate, organizationId, alert, of: { organizationId, alertId: alert.id } }
    }

    it('are refused with the invalid field and the allowed values', async () => {
      const { tollgate, organizationId } = await made()
      for (const [input, field, says] of wrong) {
        const making = tollgate.alerts.create({ organizationId, ...input } as never)
        await expect(making, JSON.stringify(input)).rejects.toMatchObject({
          code: 'invalid_request',
          faults: expect.arrayContaining([{ field, message: expect.stringMatching(says) }]),
        })
      }
    })

    it('show their defaults', async () => {
      const { alert } = await made()
      expect(alert).toMatchObject({
        kind: 'error_rate',
        version: 1,
        scope: 'organization',
        unit: 'percent',
        plan: null,
        thresholds: [{ at: 5, severity: 'warning' }],
        minimumCalls: 20,
        badMinutes: 3,
        ofMinutes: 5,
        goodMinutes: 5,
        percentile: null,
        enabled: true,
        builtIn: false,
      })
    })

    it('are changed in part, and get a new version only if they measure something else', async () => {
      const { tollgate, of } = await made({
        kind: 'limit_share',
        meter: 'volume',
        window: 'day',
        maximum: 12.5,
        thresholds: [
          { at: 90, severity: 'critical' },
          { at: 70, severity: 'info' },
        ],
      })
      const renamed = await tollgate.alerts.update({ ...of, name: 'Volume', enabled: false })
      expect(renamed).toMatchObject({
        name: 'Volume',
        version: 1,
        enabled: false,
        maximum: 12.5,
        thresholds: [
          { at: 70, severity: 'info' },
          { at: 90, severity: 'critical' },
        ],
      })
      expect(await tollgate.alerts.update({ ...of, maximum: 13 })).toMatchObject({
        version: 2,
        maximum: 13,
        name: 'Volume',
        enabled: false,
      })
      expect(await tollgate.alerts.get(of)).toMatchObject({ version: 2, meter: 'volume' })
      const nothing = tollgate.alerts.update(of)
      await expect(nothing).rejects.toMatchObject({ code: 'invalid_request' })
      const wrongly = tollgate.alerts.update({ ...of, window: null })
      await expect(wrongly).rejects.toMatchObject({ faults: [{ field: 'maximum' }] })
    })

    it('are listed page by page, those of the platform first', async () => {
      const { tollgate, organizationId } = await made()
      for (let n = 0; n < 3; n += 1) {
        await tollgate.alerts.create({ organizationId, kind: 'error_rate', name: `${n}` })
      }
      const listed = []
      for await (const one of tollgate.alerts.list({ organizationId, limit: 3 })) listed.push(one)
      expect(listed.map(({ kind, scope }) => `${scope} ${kind}`)).toEqual([
        ...['platform limit_share', 'platform limit_forecast', 'platform unpriced_calls'],
        ...['platform payment_failed', ...Array(4).fill('organization error_rate')],
      ])
      const whole = await tollgate.platformAlerts.list()
      expect(whole.items.map(({ kind, builtIn }) => `${kind} ${builtIn}`)).toEqual([
        ...['limit_share true', 'limit_forecast true', 'unpriced_calls true'],
        ...['payment_failed true', 'job_failed true', 'prices_age true'],
      ])
    })

    it('of the platform can only be turned off by an organization', async () => {
      const { tollgate, organizationId } = await made()
      const { items } = await tollgate.alerts.list({ organizationId })
      const of = { organizationId, alertId: items[0]?.id ?? '' }
      const cure = /make one of your own/
      for (const change of [{ name: 'mine' }, { enabled: false, window: 'day' as const }]) {
        await expect(tollgate.alerts.update({ ...of, ...change })).rejects.toMatchObject({
          code: 'unprocessable',
          faults: [{ message: expect.stringMatching(cure) }],
        })
      }
      await expect(tollgate.alerts.remove(of)).rejects.toMatchObject({ code: 'unprocessable' })
      const { alertId } = of
      await tollgate.platformAlerts.update({ alertId, enabled: false })
      await expect(tollgate.alerts.update({ ...of, enabled: true })).rejects.toMatchObject({
        faults: [{ field: 'enabled', message: 'the platform has turned this rule off' }],
      })
      await tollgate.platformAlerts.update({ alertId, enabled: true })
      const removing = tollgate.platformAlerts.remove({ alertId })
      await expect(removing).rejects.toMatchObject({ code: 'unprocessable' })
    })

    it('belong to one organization, are audited, and are gone after removal', async () => {
      const { tollgate, organizationId, of } = await made()
      const stranger = {
        organizationId: await subject().organization('watched/daily'),
        alertId: of.alertId,
      }
      for (const asking of [
        () => tollgate.alerts.get(stranger),
        () => tollgate.alerts.update({ ...stranger, enabled: false }),
        () => tollgate.alerts.remove(stranger),
        () => tollgate.platformAlerts.get({ alertId: of.alertId }),
        () => tollgate.alerts.get({ ...of, alertId: 'none' }),
      ]) {
        await expect(asking()).rejects.toMatchObject({ code: 'not_found' })
      }
      await tollgate.alerts.update({ ...of, enabled: false })
      await tollgate.alerts.remove(of)
      await expect(tollgate.alerts.get(of)).rejects.toMatchObject({ code: 'not_found' })
      const { items } = await tollgate.audit.list({ organizationId, category: 'limits' })
      expect(items.map(({ action }) => action)).toEqual([
        ...['alert.removed', 'alert.updated', 'alert.created'],
      ])
    })

    it('of a plan name an existing plan', async () => {
      const { tollgate } = subject()
      const none = tollgate.platformAlerts.create({ kind: 'anomaly', plan: 'watched/none' })
      await expect(none).rejects.toMatchObject({ faults: [{ field: 'plan' }] })
      const job = tollgate.platformAlerts.create({ kind: 'job_failed', plan: 'watched/daily' })
      await expect(job).rejects.toMatchObject({ faults: [{ field: 'plan' }] })
      const alert = await tollgate.platformAlerts.create({ kind: 'anomaly', plan: 'daily' })
      expect(alert).toMatchObject({ scope: 'plan', plan: 'watched/daily', organizationId: null })
      await tollgate.platformAlerts.remove({ alertId: alert.id })
    })

    it('are limited in number', async () => {
      const { tollgate, organizationId } = await made()
      for (let n = 1; n < 100; n += 1) {
        await tollgate.alerts.create({ organizationId, kind: 'error_rate' })
      }
      const past = tollgate.alerts.create({ organizationId, kind: 'error_rate' })
      await expect(past).rejects.toMatchObject({ code: 'unprocessable' })
    })

    it('list firings by rule, severity, time and state', async () => {
      const { tollgate, organizationId } = await made()
      const use = (calls: number) =>
        tollgate.record({ organizationId, eventType: 'use', quantities: { calls } })
      await use(95)
      const about = { organizationId }
      const shown = async (filter: object) => {
        const all = []
        for await (const one of tollgate.alerts.firings({ ...about, ...filter, limit: 2 })) {
          all.push(one.threshold)
        }
        return all.sort()
      }
      expect(await shown({})).toEqual(['50', '80', '90'])
      expect(await shown({ severity: 'info' })).toEqual(['50'])
      expect(await shown({ rule: 'latency' })).toEqual([])
      expect(await shown({ state: 'open' })).toEqual(['50', '80', '90'])
      expect(await shown({ state: 'ended' })).toEqual([])
      expect(await shown({ from: '2999-01-01T00:00:00Z' })).toEqual([])
      expect(await shown({ to: '2000-01-01T00:00:00Z' })).toEqual([])
      await subject().clock.advance(86_400_000)
      expect(await shown({ state: 'ended' })).toEqual(['50', '80', '90'])
      const anywhere = await tollgate.platformAlerts.firings({ ...about, severity: 'info' })
      expect(anywhere.items).toMatchObject([{ organizationId, rule: 'limit_share' }])
    })
  },
  alertsOnly,
)
