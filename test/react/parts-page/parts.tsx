import type { ReactNode } from 'react'
import { TollgateError } from '../../../src/contract/errors.ts'
import {
  ApiKeys,
  BillingOverview,
  LimitWarning,
  PlanPicker,
  UsageDashboard,
  UsageHistory,
  UsageIndicator,
} from '../../../src/react/index.ts'
import * as sample from './samples.ts'

/** One component in one state, with its name in the browser tests. */
export interface Shown {
  readonly name: string
  readonly part: ReactNode
}

const { report, nothing } = sample
const retry = () => {}
const failure = new TollgateError('unavailable', {
  requestId: 'req_019ad1c2-7f00-7abc-8def-1234567890ab',
})
const states = {
  loading: { status: 'loading' },
  failing: { status: 'error', error: failure, retry },
  refused: { status: 'refused', error: new TollgateError('forbidden'), retry },
} as const

const none = { overview: undefined, events: undefined, analytics: undefined }
const isLater = async () => {
  await new Promise((resolve) => setTimeout(resolve, 20))
}

const dashboards: readonly Shown[] = [
  {
    name: 'dashboard',
    part: <UsageDashboard {...report} {...report.dashboard} onUpgrade={retry} />,
  },
  ...Object.entries(states).map(([name, reading]) => ({
    name: `dashboard-${name}`,
    part: <UsageDashboard {...none} reading={reading} />,
  })),
  {
    name: 'dashboard-stale',
    part: (
      <UsageDashboard
        {...report}
        {...report.dashboard}
        reading={{ status: 'stale', error: failure, retry }}
      />
    ),
  },
  { name: 'dashboard-nothing', part: <UsageDashboard {...nothing} {...nothing.dashboard} /> },
  {
    name: 'dashboard-standings',
    part: (
      <UsageDashboard
        {...report}
        {...report.dashboard}
        sections={['limits']}
        limits={Object.entries(sample.STANDINGS).map(([name, limit]) => ({
          ...limit,
          meter: name === 'zero' ? 'exports' : limit.meter,
          limit: `${limit.limit} ${name}`,
        }))}
        warnings={[
          {
            limit: 'ai_calls/period near',
            level: 'near',
            percentageUsed: 85.2,
            runsOutAt: null,
            message: '',
          },
          {
            limit: 'ai_calls/period almost',
            level: 'near',
            percentageUsed: 99.99,
            runsOutAt: null,
            message: '',
          },
        ]}
      />
    ),
  },
  {
    name: 'dashboard-one-point',
    part: (
      <UsageDashboard
        {...report}
        {...report.dashboard}
        sections={['figures', 'chart']}
        analytics={{
          ...report.dashboard.analytics,
          dailyUsage: report.dashboard.analytics.dailyUsage.slice(-1),
        }}
      />
    ),
  },
]

const histories: readonly Shown[] = [
  {
    name: 'history',
    part: (
      <UsageHistory
        {...{ events: sample.events, pagination: sample.pagination, summary: sample.summary }}
        timezone="Europe/Berlin"
        onFilter={retry}
        onNext={retry}
        onExport={retry}
        onOpenEvent={retry}
      />
    ),
  },
  ...Object.entries(states).map(([name, reading]) => ({
    name: `history-${name}`,
    part: <UsageHistory events={undefined} onFilter={retry} reading={reading} />,
  })),
  { name: 'history-empty', part: <UsageHistory events={[]} onFilter={retry} /> },
  {
    name: 'history-none-fit',
    part: (
      <UsageHistory events={[]} onFilter={retry} onClear={retry} filters={{ userId: 'nobody' }} />
    ),
  },
]

const variants = ['bar', 'ring', 'text'] as const
const indicators: readonly Shown[] = variants.map((variant) => ({
  name: `indicator-${variant}`,
  part: (
    <div className="page-indicators">
      {Object.entries(sample.STANDINGS).map(([name, limit]) => (
        <UsageIndicator
          key={name}
          variant={variant}
          value={limit}
          warnings={
            name === 'near' || name === 'almost'
              ? [
                  {
                    limit: limit.limit,
                    level: 'near',
                    percentageUsed: 85,
                    runsOutAt: null,
                    message: '',
                  },
                ]
              : []
          }
          at={sample.AT}
          showReset
        />
      ))}
    </div>
  ),
}))

const warning = { percentageUsed: 100, runsOutAt: '2026-12-02T09:00:00.000Z', message: '' }
const warnings: readonly Shown[] = (['inline', 'banner'] as const).map((variant) => ({
  name: `warning-${variant}`,
  part: (
    <LimitWarning
      variant={variant}
      dismissible
      onUpgrade={retry}
      limits={[
        sample.STANDINGS.reached!,
        sample.STANDINGS.overage!,
        sample.STANDINGS.soft!,
        { ...sample.STANDINGS.near!, limit: 'api_calls/day' },
      ]}
      warnings={[
        { ...warning, limit: 'ai_calls/period', level: 'reached' },
        { ...warning, limit: 'credits/period', level: 'reached' },
        { ...warning, limit: 'storage_bytes/month', level: 'reached' },
        { ...warning, limit: 'api_calls/day', level: 'near', percentageUsed: 99.96 },
        { ...warning, limit: 'tokens/month', level: 'forecast', percentageUsed: 71 },
      ]}
    />
  ),
}))

const others: readonly Shown[] = [
  {
    name: 'plans',
    part: (
      <PlanPicker
        plans={sample.plans}
        recommended="ai-workspace/pro"
        onChoose={isLater}
        preview={async ({ name }) => {
          if (name === 'Free') await isLater()
          return `${name} begins today. $12.40 is charged now for the rest of the period.`
        }}
      />
    ),
  },
  { name: 'plans-loading', part: <PlanPicker plans={undefined} reading={states.loading} /> },
  { name: 'plans-failing', part: <PlanPicker plans={undefined} reading={states.failing} /> },
  { name: 'plans-none', part: <PlanPicker plans={[]} /> },
  {
    name: 'billing',
    part: (
      <BillingOverview
        {...{ preview: sample.preview, invoices: sample.invoices }}
        overage={{ projectedTotalUsd: '1402.0312' }}
        onOpenInvoice={retry}
      />
    ),
  },
  {
    name: 'billing-nothing',
    part: (
      <BillingOverview
        preview={{ ...sample.preview, total: '0.00', lines: [] }}
        invoices={[]}
        overage={{ projectedTotalUsd: '0.0004' }}
      />
    ),
  },
  {
    name: 'billing-loading',
    part: <BillingOverview preview={undefined} reading={states.loading} />,
  },
  {
    name: 'billing-refused',
    part: <BillingOverview preview={undefined} invoices={[]} reading={states.refused} />,
  },
  {
    name: 'keys',
    part: (
      <ApiKeys
        keys={sample.keys}
        at={sample.AT}
        scopes={['gate.use', 'usage.read', 'usage.record']}
        actions={{
          create: async () => ({ key: 'tg_live_9c41b7de02f84a6c9d15e3aa70b2c6f8' }),
          rotate: async () => ({ key: 'tg_live_1f0e9d8c7b6a5f4e3d2c1b0a99887766' }),
          revoke: isLater,
        }}
      />
    ),
  },
  {
    name: 'keys-none',
    part: <ApiKeys keys={[]} at={sample.AT} actions={{ create: async () => ({ key: '' }) }} />,
  },
  { name: 'keys-loading', part: <ApiKeys keys={undefined} reading={states.loading} /> },
]

export const PARTS: readonly Shown[] = [
  ...dashboards,
  ...histories,
  ...indicators,
  ...warnings,
  ...others,
]

/** All components in all states, or those named in `only`, separated by commas. */
export const PartsPage = ({ only }: { readonly only?: string | undefined }) => (
  <main className="page">
    {PARTS.filter(({ name }) => only === undefined || only.split(',').includes(name)).map(
      ({ name, part }) => (
        <div key={name} className="page-part" data-part={name}>
          {only === undefined && <h4 className="page-name">{name}</h4>}
          {part}
        </div>
      ),
    )}
  </main>
)
