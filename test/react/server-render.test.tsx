import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import {
  BillingOverview,
  german,
  TollgateProvider,
  UsageDashboard,
  UsageHistory,
} from '../../src/react/index.ts'
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

describe('what a server draws', () => {
  it('holds the drawn chart: a bar for each day, and today apart', () => {
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

  it('is what was read, below a provider that was given it', () => {
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

  it('holds the lists that were read for it, however many of each a part asks for', () => {
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

  it('is in another language where that is given, with its figures', () => {
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
  it('says nothing was used where all is zero, and draws an axis with nothing on it', () => {
    const html = renderToString(<UsageDashboard {...nothing} {...nothing.dashboard} />)
    expect(html).toContain('Nothing was used from')
    const plot = html.slice(html.indexOf('tg-chart__plot'), html.indexOf('Nothing was used'))
    expect(plot).not.toContain('tg-hue-1')
    expect(plot.match(/class="tg-tick"[^>]*>0</g)).toHaveLength(1)
  })

  it('never says 100 % before all is used, nor zero of something', () => {
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

  it('waits in grey until its three figures are there', () => {
    const html = renderToString(
      <UsageDashboard overview={undefined} events={undefined} analytics={undefined} />,
    )
    expect(html).toContain('aria-busy="true"')
    expect(html).toContain('tg-skeleton')
  })
})
