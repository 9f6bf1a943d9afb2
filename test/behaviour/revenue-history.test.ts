import { expect, it } from 'vitest'
import { describeTollgate } from './describe-tollgate.ts'

const PRO = 'api-platform/pro'
const ENTERPRISE = 'api-platform/enterprise'
const MONTH_ENDS = ['2026-04-01', '2026-05-01', '2026-06-01', '2026-07-01', '2026-08-01'] as const
const DAY_MS = 86_400_000

describeTollgate('revenue by month', (subject) => {
  it('matches the overview at the end of each month, and the invoices', async () => {
    const { tollgate, clock, organization } = subject()
    const [stays, rises, rests, leaves, closes] = [
      ...[await organization(PRO), await organization('api-platform/free')],
      ...[await organization(PRO), await organization(ENTERPRISE), await organization(PRO)],
    ] as [string, string, string, string, string]
    await tollgate.organizations.create({
      id: 'tries',
      name: 'Tries',
      plan: PRO,
      trialEndsAt: '2026-05-10T00:00:00Z',
    })
    await organization(PRO, '2026-02-11T00:00:00Z')
    let calls = 100_000
    const acts: (() => Promise<unknown>)[] = [
      async () => {
        await tollgate.subscriptions.change({ organizationId: rises, plan: PRO, when: 'now' })
        await tollgate.subscriptions.pause({ organizationId: rests })
        // An exact boundary: this subscription began with the first moment of April.
        await organization(PRO, '2026-04-01T00:00:00Z')
      },
      async () => {
        await tollgate.subscriptions.resume({ organizationId: rests })
        await tollgate.subscriptions.change({
          organizationId: stays,
          plan: ENTERPRISE,
          when: 'now',
        })
        await tollgate.organizations.close({ organizationId: closes })
      },
      () => tollgate.subscriptions.cancel({ organizationId: leaves, when: 'now' }),
      () => tollgate.subscriptions.change({ organizationId: rises, plan: ENTERPRISE, when: 'now' }),
    ]
    const seen: string[] = []
    for (const [index, end] of MONTH_ENDS.entries()) {
      if (index > 0) await acts[index - 1]?.()
      calls += 1_234
      await tollgate.record({
        id: `over-${index}`,
        organizationId: rises,
        eventType: 'api_call',
        quantities: { api_calls: calls },
      })
      await clock.set(new Date(Date.parse(end) - 1))
      seen.push((await tollgate.analytics.overview()).mrrUsd)
      await clock.set(new Date(Date.parse(end) + 3 * DAY_MS))
      await tollgate.billing.run()
    }
    const { months } = await tollgate.analytics.revenue({ months: 6 })
    expect(months.slice(0, 5).map(({ mrrUsd }) => mrrUsd)).toEqual(seen)
    expect(new Set(seen).size).toBeGreaterThan(3)
    expect(months.map(({ end }) => end.slice(0, 10))).toEqual([...MONTH_ENDS, '2026-09-01'])
    expect(months.map(({ complete }) => complete)).toEqual([true, true, true, true, true, false])
    const overview = await tollgate.analytics.overview()
    expect(months.at(-1)?.mrrUsd).toBe(overview.mrrUsd)
    const paying = overview.organizations.byPlan.reduce((sum, one) => sum + one.paying, 0)
    expect(months.at(-1)?.paying).toBe(paying)

    const lines: { endMs: number; kind: string; cents: number }[] = []
    let invoices = 0
    for await (const { id: organizationId } of tollgate.organizations.list()) {
      for await (const { id: invoiceId } of tollgate.invoices.list({ organizationId })) {
        const invoice = await tollgate.invoices.get({ organizationId, invoiceId })
        invoices += 1
        for (const { kind, minorUnits } of invoice.lines) {
          lines.push({ endMs: Date.parse(invoice.periodEnd), kind, cents: minorUnits })
        }
      }
    }
    expect(months.reduce((sum, month) => sum + month.invoices, 0)).toBe(invoices)
    for (const { start, end, overageUsd, adjustmentsUsd } of months) {
      const cents = (wanted: string) =>
        lines
          .filter(({ kind, endMs }) => {
            const isInside = endMs > Date.parse(start) && endMs <= Date.parse(end)
            return isInside && kind === wanted
          })
          .reduce((sum, one) => sum + one.cents, 0)
      expect(Math.round(Number(overageUsd) * 100), start).toBe(cents('overage'))
      expect(Math.round(Number(adjustmentsUsd) * 100), start).toBe(cents('adjustment'))
    }
    expect(months.filter(({ overageUsd }) => overageUsd !== '0').length).toBeGreaterThan(2)
  })

  it('refuses more months than its maximum', async () => {
    await expect(subject().tollgate.analytics.revenue({ months: 25 })).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ field: 'months' }],
    })
  })
})
