import type { Severity } from './severity.ts'

/** The kinds of alert rules: what a rule watches. */
export const ALERT_KINDS = [
  'limit_share',
  'credits_below',
  'spend_above',
  'limit_forecast',
  'anomaly',
  'error_rate',
  'latency',
  'unpriced_calls',
  'payment_failed',
  'job_failed',
  'prices_age',
] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** A level at which an alert fires, and its severity. */
export interface AlertThreshold {
  readonly at: number
  readonly severity: Severity
}

/** The optional fields of a rule, beside its thresholds. */
export type AlertField =
  | 'meter'
  | 'window'
  | 'maximum'
  | 'endpoint'
  | 'percentile'
  | 'minimumCalls'
  | 'badMinutes'
  | 'ofMinutes'
  | 'goodMinutes'

/** What rules of one kind watch, and their defaults. */
export interface AlertKindFacts {
  /** The unit of `at`. */
  readonly unit: string
  readonly fields: readonly AlertField[]
  /** The default thresholds. Empty: the kind has none, so the rule must give at least one. */
  readonly thresholds: readonly AlertThreshold[]
  readonly lowest: number
  readonly highest: number
  /** True when `at` is a count and must be a whole number. */
  readonly isWhole: boolean
  /** True when the rule watches the platform itself and belongs to no organization. */
  readonly isOfPlatform: boolean
}

const MOST = 1_000_000_000_000
const MINUTES: readonly AlertField[] = [
  ...(['endpoint', 'minimumCalls', 'badMinutes', 'ofMinutes', 'goodMinutes'] as const),
]
const facts = (
  unit: string,
  thresholds: readonly AlertThreshold[],
  more: Partial<AlertKindFacts> = {},
): AlertKindFacts => ({
  unit,
  thresholds,
  fields: [],
  lowest: 0,
  highest: MOST,
  isWhole: false,
  isOfPlatform: false,
  ...more,
})
const warning = (at: number): readonly AlertThreshold[] => [{ at, severity: 'warning' }]

export const ALERT_KIND_FACTS: Readonly<Record<AlertKind, AlertKindFacts>> = {
  limit_share: facts(
    'percent',
    [
      { at: 50, severity: 'info' },
      { at: 80, severity: 'warning' },
      { at: 90, severity: 'warning' },
      { at: 100, severity: 'critical' },
    ],
    { fields: ['meter', 'window', 'maximum'], lowest: 0.01, highest: 1_000 },
  ),
  credits_below: facts('credits', [], { lowest: -MOST }),
  spend_above: facts('USD', [], { fields: ['window'], lowest: 0.01 }),
  limit_forecast: facts('percent', warning(100), {
    fields: ['meter', 'window'],
    lowest: 1,
    highest: 1_000,
  }),
  anomaly: facts('spreads', warning(3.5), { fields: ['meter'], lowest: 2, highest: 100 }),
  error_rate: facts('percent', warning(5), { fields: MINUTES, lowest: 0.01, highest: 100 }),
  latency: facts('ms', [], { fields: [...MINUTES, 'percentile'], lowest: 1, highest: 86_400_000 }),
  unpriced_calls: facts('calls', warning(1), { lowest: 1, isWhole: true }),
  payment_failed: facts(
    'attempts',
    [
      { at: 1, severity: 'warning' },
      { at: 3, severity: 'critical' },
    ],
    { lowest: 1, highest: 100, isWhole: true },
  ),
  job_failed: facts('runs', warning(1), {
    lowest: 1,
    highest: 1,
    isWhole: true,
    isOfPlatform: true,
  }),
  prices_age: facts(
    'days',
    [
      { at: 60, severity: 'info' },
      { at: 180, severity: 'warning' },
    ],
    { lowest: 1, highest: 3_650, isWhole: true, isOfPlatform: true },
  ),
}

/** The defaults by which minutes are judged. */
export const MINUTE_TERMS = {
  minimumCalls: 20,
  badMinutes: 3,
  ofMinutes: 5,
  goodMinutes: 5,
  percentile: 95,
} as const
