import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { TollgateError } from '../../src/contract/errors.ts'
import {
  ApiKeys,
  BillingOverview,
  german,
  PlanPicker,
  TollgateProvider,
  UsageDashboard,
  UsageHistory,
} from '../../src/react/index.ts'
import type { BlockReading } from '../../src/react/parts/block-state.tsx'
import { UsageDashboardView } from '../../src/react/usage/usage-dashboard-view.tsx'
import { PARTS } from './parts-page/parts.tsx'
import {
  events,
  invoices,
  nothing,
  pagination,
  preview,
  report,
  summary,
} from './parts-page/samples.ts'

const whole = renderToString(<UsageDashboard {...report} {...report.dashboard} />)

describe('server rendering', () => {
  it('contains the chart, with a bar for each day and today hatched', () => {
    const chart = whole.slice(whole.indexOf('tg-chart__plot'))
    expect(chart.match(/<rect[^>]*class="tg-hue-1"/g)?.length).toBeGreaterThanOrEqual(30)
    expect(chart).toMatch(/fill="url\(#/)
    expect(whole).toContain('48,812.4')
  })

  it.each(PARTS.map(({ name, part }) => [name, part] as const))(
    'has no style attribute, no style element and no figure that is none: %s',
    (_, part) => {
      const html = renderToString(part)
      expect(html).not.toMatch(/\sstyle=|<style/)
      expect(html).not.toMatch(/NaN|Infinity|undefined|\[object|>-0[<\s]/)
    },
  )

  describe.each([
    [
      'dashboard',
      (reading: BlockReading) => <UsageDashboardView data={undefined} {...{ reading }} />,
    ],
    ['history', (reading: BlockReading) => <UsageHistory events={undefined} {...{ reading }} />],
    [
      'billing',
      (reading: BlockReading) => <BillingOverview preview={undefined} {...{ reading }} />,
    ],
    ['plans', (reading: BlockReading) => <PlanPicker plans={undefined} {...{ reading }} />],
    ['keys', (reading: BlockReading) => <ApiKeys keys={undefined} {...{ reading }} />],
  ] as const)('a %s without data', (_, part) => {
    const retry = () => {}
    const shown = (status: BlockReading['status'], error?: Error) =>
      renderToString(part({ status, error, retry }))

    it('says which right is missing, and offers no try that cannot help', () => {
      const detail = 'This read token does not have the right invoices.read.'
      const html = shown('refused', new TollgateError('forbidden', { detail }))
      expect(html).toContain('You have no access to this.')
      expect(html).toContain(detail)
      expect(html).not.toContain('Try again')
      expect(html).not.toMatch(/tg-skeleton|aria-busy/)
    })

    it('offers another try where a new token or a later answer may help', () => {
      const expired = shown('refused', new TollgateError('unauthenticated'))
      expect(expired).toContain('Your access could not be renewed.')
      for (const html of [expired, shown('error', new TollgateError('unavailable'))]) {
        expect(html).toMatch(/<button[^>]*>Try again</)
        expect(html).not.toContain('You have no access to this.')
        expect(html).not.toMatch(/aria-busy/)
      }
    })

    it('is busy while it loads', () => {
      expect(shown('loading')).toMatch(/aria-busy="true"/)
      expect(shown('loading')).toContain('tg-skeleton')
    })
  })

  it('shows why past invoices are missing beside a preview', () => {
    const reading = { status: 'refused', error: new TollgateError('forbidden') } as const
    const html = renderToString(
      <BillingOverview preview={preview} invoices={undefined} invoicesReading={reading} />,
    )
    expect(html).toContain('You have no access to this.')
    expect(html).not.toContain('tg-skeleton')
  })

  it('uses the initial data of the provider', () => {
    const html = renderToString(
      <TollgateProvider
        baseUrl="/billing"
        organizationId="northlight"
        getToken={() => Promise.reject(new Error('a server asks for none'))}
        initialData={{ 'usage.dashboard': report }}
      >
        <UsageDashboard />
        <UsageHistory />
      </TollgateProvider>,
    )
    expect(html).toContain('48,812.4')
    expect(html).toContain('Loading')
  })

  it('uses initial lists, whatever page size a component requests', () => {
    const html = renderToString(
      <TollgateProvider
        baseUrl="/billing"
        organizationId="northlight"
        getToken={() => Promise.reject(new Error('a server asks for none'))}
        initialData={{
          'invoices.preview': preview,
          'invoices.list': { items: invoices, nextCursor: null },
          'usage.history': { events, pagination, summary, range: { from: null, to: report.at } },
        }}
      >
        <BillingOverview />
        <UsageHistory pageSize={20} />
      </TollgateProvider>,
    )
    expect(html).toContain('$312.04')
    expect(html).toContain('0.0000291')
    expect(html).not.toContain('Loading')
  })

  it('uses the given language for texts and figures', () => {
    const html = renderToString(
      <TollgateProvider
        {...{ baseUrl: '/billing', organizationId: 'northlight', locale: 'de-DE' }}
        messages={german}
        labels={{ ai_calls: 'Generierungen' }}
        getToken={() => Promise.reject(new Error('a server asks for none'))}
      >
        <UsageDashboard {...report} {...report.dashboard} />
      </TollgateProvider>,
    )
    expect(html).toContain('48.812,4')
    expect(html).toContain('Fast aufgebraucht')
    expect(html).toContain('Generierungen in diesem Zeitraum')
    expect(html).not.toContain('Billing period')
  })
})

describe('a dashboard', () => {
  it('reports no usage if all is zero, and draws an empty axis', () => {
    const html = renderToString(<UsageDashboard {...nothing} {...nothing.dashboard} />)
    expect(html).toContain('Nothing was used from')
    const plot = html.slice(html.indexOf('tg-chart__plot'), html.indexOf('Nothing was used'))
    expect(plot).not.toContain('tg-hue-1')
    expect(plot.match(/class="tg-tick"[^>]*>0</g)).toHaveLength(1)
  })

  it('never shows 100 % before a limit is reached, nor 0 % of a positive amount', () => {
    const almost = renderToString(
      <UsageDashboard
        {...report}
        {...report.dashboard}
        overview={{ ...report.dashboard.overview, percentageUsed: 99.96 }}
        events={{ ...report.dashboard.events, errorRate: 0.000_01 }}
      />,
    )
    expect(almost).toContain('99.9%')
    expect(almost).not.toContain('>100%')
    expect(almost).not.toContain(' 100%')
    expect(almost).toContain('&lt;0.1%')
  })

  it('shows a placeholder until its three results have arrived', () => {
    const html = renderToString(
      <UsageDashboard overview={undefined} events={undefined} analytics={undefined} />,
    )
    expect(html).toContain('aria-busy="true"')
    expect(html).toContain('tg-skeleton')
  })
})
