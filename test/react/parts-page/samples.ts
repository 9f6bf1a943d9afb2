import type { InvoicePreview } from '../../../src/contract/billing.ts'
import type { LimitOutlook, UsageDashboard } from '../../../src/contract/insight.ts'
import type { HistoryPage } from '../../../src/contract/usage-history.ts'
import type { PlanChoice, ShownInvoice, ShownKey } from '../../../src/react/index.ts'

/** Fixed props for the page of all parts and for tests, with many edge cases. */

type Dashboard = UsageDashboard['dashboard']
type Event = HistoryPage['events'][number]

export const AT = '2026-11-28T14:02:09.000Z'
const PERIOD = { start: '2026-11-05T00:00:00.000Z', end: '2026-12-05T00:00:00.000Z' }
/** A name of sixty characters, as a host may choose. */
const LONG_NAME = 'Quarterly reconciliation of structured diagnoses, Northlight'

const dayOf = (index: number): string =>
  new Date(Date.UTC(2026, 9, 30 + index)).toISOString().slice(0, 10)

const days = (creditsOf: (index: number) => number): Dashboard['analytics']['dailyUsage'] =>
  Array.from({ length: 30 }, (_, index) => {
    const credits = creditsOf(index)
    const events = Math.round(credits / 4)
    const errors = Math.round(events / 90)
    return { date: dayOf(index), events, errors, credits, costUsd: (credits / 400).toFixed(6) }
  })

const usual = (index: number): number => {
  const isWeekend = new Date(Date.UTC(2026, 9, 30 + index)).getUTCDay() % 6 === 0
  const wave = 1_900 + 700 * Math.sin(index / 3.1) + index * 22
  return Math.round(wave * (isWeekend ? 0.35 : 1) * (index === 29 ? 0.55 : 1) * 10) / 10
}

const outlook = (soFar: number, expected: number | null): LimitOutlook['outlook'] => ({
  soFar,
  expected,
  bandPercent: 80,
  daysOfHistory: 61,
  low: expected === null ? null : Math.round(expected * 0.93),
  high: expected === null ? null : Math.round(expected * 1.08),
  basis: expected === null ? 'none' : 'weekly',
  endsAt: PERIOD.end,
})

type LimitInput = Pick<LimitOutlook, 'meter' | 'window' | 'behavior' | 'max' | 'used'> &
  Partial<LimitOutlook>

const limitOf = (input: LimitInput): LimitOutlook => {
  const { max, used, held = 0 } = input
  const taken = used + held
  return {
    limit: `${input.meter}/${input.window}`,
    held,
    overridden: false,
    runsOutAt: null,
    remaining: max === null ? null : Math.max(0, Math.round((max - taken) * 1e6) / 1e6),
    percentageUsed: max === null || max === 0 ? null : Math.floor((taken / max) * 1000) / 10,
    resetAt: PERIOD.end,
    outlook: null,
    ...input,
  }
}

const credits = limitOf({
  meter: 'credits',
  window: 'period',
  behavior: 'overage',
  max: 60_000,
  used: 48_812.4,
  held: 320,
  outlook: outlook(49_132.4, 58_300),
})
const calls = limitOf({
  meter: 'ai_calls',
  window: 'period',
  behavior: 'hard',
  max: 12_000,
  used: 10_231,
  outlook: outlook(10_231, 12_940),
  runsOutAt: '2026-12-02T09:00:00.000Z',
})
const storage = limitOf({
  meter: 'storage_bytes',
  window: 'month',
  behavior: 'soft',
  max: 250e9,
  used: 18.54e9,
})
const rate = limitOf({
  meter: 'api_calls',
  window: 'day',
  behavior: 'hard',
  max: 5_000,
  used: 412,
  resetAt: '2026-11-29T00:00:00.000Z',
})
const members = limitOf({
  meter: 'team_members',
  window: 'month',
  behavior: 'hard',
  max: null,
  used: 14,
})

/** A limit in every state. */
export const STANDINGS: Readonly<Record<string, LimitOutlook>> = {
  ok: storage,
  near: calls,
  reached: limitOf({
    ...calls,
    used: 12_000,
    held: 0,
    outlook: null,
    percentageUsed: 100,
    remaining: 0,
  }),
  overage: limitOf({
    ...credits,
    used: 69_988.2,
    percentageUsed: 116.6,
    remaining: 0,
    outlook: null,
  }),
  soft: limitOf({ ...storage, used: 261.2e9, percentageUsed: 104.4, remaining: 0 }),
  unlimited: members,
  held: limitOf({
    ...credits,
    used: 20_000,
    held: 9_000,
    percentageUsed: 48.3,
    outlook: null,
    remaining: 31_000,
  }),
  zero: limitOf({ ...rate, max: 0, used: 0, percentageUsed: null, remaining: 0 }),
  almost: limitOf({
    ...calls,
    used: 11_999.99,
    percentageUsed: 99.99,
    remaining: 0.01,
    outlook: null,
  }),
}

const typeOf = (eventType: string, events: number, used: number, percentage: number) => ({
  eventType: `ai-workspace/${eventType}`,
  name: null,
  events,
  credits: used,
  percentage,
  errors: Math.round(events / 80),
  costUsd: (used / 400).toFixed(6),
})
const breakdown = [
  typeOf('structuring_diagnose', 4_210, 21_050, 43.1),
  typeOf('solution_design', 1_902, 15_216, 31.1),
  typeOf('document_write', 2_877, 8_631, 17.6),
  typeOf('chat_message', 1_204, 3_612, 7.3),
  typeOf('export_pdf', 38, 303.4, 0.62),
]

export const report: UsageDashboard = {
  organizationId: 'northlight',
  plan: 'ai-workspace/pro',
  at: AT,
  timezone: 'Europe/Berlin',
  windowsIn: 'UTC',
  dayStarts: 'exact',
  period: PERIOD,
  dashboard: {
    overview: {
      totalCredits: 60_000,
      usedCredits: 48_812.4,
      heldCredits: 320,
      remainingCredits: 10_867.6,
      percentageUsed: 81.8,
      window: { ...PERIOD, name: 'period' },
    },
    events: {
      total: 10_231,
      errors: 114,
      errorRate: 0.01114,
      unpriced: 3,
      eventTypes: 5,
      breakdown,
      topEvents: breakdown,
    },
    users: { active: 14, top: [] },
    limits: [credits, calls, storage, rate, members],
    latency: [],
    analytics: {
      dailyUsage: days(usual),
      monthlyTrends: [],
      forecast: { credits: outlook(48_812.4, 58_300)!, events: outlook(10_231, 12_940)! },
      anomalies: [],
    },
    warnings: [
      {
        limit: 'ai_calls/period',
        level: 'near',
        percentageUsed: 85.2,
        runsOutAt: '2026-12-02T09:00:00.000Z',
        message: '85.2 % of ai_calls/period is used',
      },
    ],
    recommendations: [],
  },
}

/** The dashboard of an organization without usage. */
export const nothing: UsageDashboard = {
  ...report,
  dashboard: {
    ...report.dashboard,
    overview: { ...report.dashboard.overview, usedCredits: 0, heldCredits: 0, percentageUsed: 0 },
    events: {
      total: 0,
      errors: 0,
      errorRate: null,
      unpriced: 0,
      breakdown: [],
      topEvents: [],
      eventTypes: 0,
    },
    users: { active: 0, top: [] },
    limits: [
      limitOf({
        ...credits,
        used: 0,
        held: 0,
        outlook: null,
        percentageUsed: 0,
        remaining: 60_000,
      }),
      members,
    ],
    analytics: {
      ...report.dashboard.analytics,
      dailyUsage: days(() => 0),
      forecast: { credits: outlook(0, null)!, events: outlook(0, null)! },
    },
    warnings: [],
  },
}

const eventOf = (index: number, some: Partial<Event> = {}): Event => {
  const names = ['structuring_diagnose', 'solution_design', 'document_write', 'chat_message']
  const isError = index % 9 === 4
  return {
    id: `evt_${index}`,
    eventType: `ai-workspace/${names[index % 4]}`,
    category: 'ai',
    occurredAt: new Date(Date.parse(AT) - index * 412_000).toISOString(),
    receivedAt: AT,
    userId: `user-${(index * 7) % 23}`,
    sessionId: null,
    apiKeyId: null,
    reverses: null,
    quantities: { ai_calls: 1 },
    credits: 3 + ((index * 13) % 7) + (index % 3) / 10,
    costUsd: (0.0004 + index / 900).toFixed(7),
    unpriced: false,
    priceSource: 'library',
    priceName: null,
    pricedAsText: false,
    provider: 'openai',
    model: 'gpt-5',
    inputTokens: 900,
    cachedInputTokens: null,
    outputTokens: 210,
    reasoningTokens: null,
    endpoint: '/v1/diagnoses',
    method: 'POST',
    status: isError ? 502 : 200,
    durationMs: 812,
    properties: null,
    ...some,
  } as Event
}

export const events: readonly Event[] = [
  eventOf(0),
  eventOf(1, { costUsd: '0.0000291' }),
  eventOf(2, { unpriced: true, costUsd: null, model: 'in-house' }),
  eventOf(3, { userId: null, endpoint: null, method: null, status: null, costUsd: null }),
  eventOf(5, { reverses: 'evt_99', credits: -8.1 }),
  eventOf(6, {
    userId: `${'a'.repeat(40)}@northlight.example`,
    endpoint: `/v1/${'long/'.repeat(14)}`,
  }),
  ...Array.from({ length: 14 }, (_, index) => eventOf(index + 7)),
]

export const pagination: HistoryPage['pagination'] = {
  page: 1,
  limit: 20,
  total: 10_231,
  totalPages: 512,
  nextCursor: 'next',
}
export const summary = { events: 10_231, credits: 48_812.4, costUsd: '121.940221' }

const plan = (some: Partial<PlanChoice> & { name: string }): PlanChoice => ({
  plan: `ai-workspace/${some.name.toLowerCase()}`,
  monthlyPriceUsd: '0',
  current: false,
  limits: [],
  ...some,
})
const limits = (used: number | null, many: number, behavior: 'hard' | 'overage') => [
  { meter: 'credits', window: 'period', max: used, behavior },
  { meter: 'ai_calls', window: 'period', max: many, behavior },
  { meter: 'storage_bytes', window: 'month', max: many * 1e7, behavior: 'soft' as const },
]
export const plans: readonly PlanChoice[] = [
  plan({ name: 'Free', limits: limits(500, 100, 'hard') }),
  plan({ name: 'Starter', monthlyPriceUsd: '29.00', limits: limits(10_000, 2_000, 'hard') }),
  plan({
    name: 'Pro',
    monthlyPriceUsd: '149.00',
    current: true,
    version: 2,
    newestVersion: 3,
    limits: limits(60_000, 12_000, 'overage'),
  }),
  plan({
    name: 'Enterprise',
    monthlyPriceUsd: null,
    scheduledFor: PERIOD.end,
    limits: limits(null, 250_000, 'overage'),
  }),
]

const lineOf = (line: number, description: string, amount: string) => ({
  line,
  kind: 'overage' as const,
  description,
  meter: null,
  window: null,
  units: null,
  exactAmount: amount,
  amount,
  minorUnits: Number(amount.replace('.', '')),
  steps: [],
  adjusts: null,
})
export const preview: InvoicePreview = {
  state: 'draft',
  organizationId: 'northlight',
  currency: 'USD',
  asOf: AT,
  periodStart: PERIOD.start,
  periodEnd: PERIOD.end,
  total: '1248.10',
  totalMinorUnits: 124_810,
  dueMinorUnits: 124_810,
  carriedMinorUnits: 0,
  lines: [
    lineOf(1, 'Pro, a month', '149.00'),
    lineOf(2, 'Credits past 60,000: 9,988.2', '1098.70'),
    lineOf(3, 'Storage past 250 GB', '0.40'),
  ],
}

export const invoices: readonly ShownInvoice[] = [
  ['2026-10-05', '2026-11-05', '312.04', 'open'],
  ['2026-09-05', '2026-10-05', '149.00', 'paid'],
  ['2026-08-05', '2026-09-05', '149.00', 'uncollectible'],
].map(([start, end, total = '0', payment]) => ({
  id: `inv_${start}`,
  currency: 'USD',
  total,
  payment,
  periodStart: `${start}T00:00:00.000Z`,
  periodEnd: `${end}T00:00:00.000Z`,
  dueMinorUnits: Number(total.replace('.', '')),
}))

const keyOf = (index: number, some: Partial<ShownKey>): ShownKey => ({
  id: `key_${index}`,
  name: 'Production',
  prefix: `tg_live_4f${index}a`,
  scopes: ['gate.use', 'usage.read'],
  createdAt: '2026-03-02T09:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  replacedBy: null,
  ...some,
})
export const keys: readonly ShownKey[] = [
  keyOf(1, { lastUsedAt: '2026-11-28T13:58:00.000Z' }),
  keyOf(2, { name: LONG_NAME, expiresAt: '2027-03-02T00:00:00.000Z' }),
  keyOf(3, { name: 'Before rotation', replacedBy: 'key_1', expiresAt: '2026-11-29T09:00:00.000Z' }),
  keyOf(4, {
    name: 'Old',
    expiresAt: '2026-06-01T00:00:00.000Z',
    lastUsedAt: '2026-05-30T00:00:00.000Z',
  }),
  keyOf(5, { name: 'Leaked', revokedAt: '2026-07-11T00:00:00.000Z' }),
]
