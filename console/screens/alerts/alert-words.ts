import type { Alert, AlertFiring } from '../../../src/client/index.ts'
import type { AlertKind } from '../../../src/core/alert-kinds.ts'
import { quantityWords } from '../../../src/core/amount-words.ts'
import {
  amountOf,
  durationText,
  exact,
  exactMoney,
  limitText,
  meterText,
  percent,
  plain,
  sentence,
} from '../../../src/react/format/index.ts'

/** The subject of each kind of rule. */
export const KIND_TEXT: Readonly<Record<AlertKind, string>> = {
  limit_share: 'Share of a limit',
  credits_below: 'Credits left',
  spend_above: 'Spend on models',
  limit_forecast: 'Limit forecast',
  anomaly: 'Usage anomaly',
  error_rate: 'Error rate',
  latency: 'Latency',
  unpriced_calls: 'Calls without a price',
  payment_failed: 'Failed payments',
  job_failed: 'Failed jobs',
  prices_age: 'Model price age',
}

/** The condition of each kind of rule, with the unit of its levels. */
export const KIND_NOTE: Readonly<Record<AlertKind, string>> = {
  limit_share: 'Fires when usage reaches this percentage of a limit.',
  credits_below:
    'Fires when the remaining credits fall to this number or below. A debt is negative.',
  spend_above: 'Fires when the model cost in a window reaches this amount in US dollars.',
  limit_forecast: 'Fires when the forecast of a limit reaches this percentage.',
  anomaly: 'Fires when a day deviates from its usual value by this many spreads.',
  error_rate: 'Fires when this percentage of a minute’s calls had a status of 400 or more.',
  latency: 'Fires when a percentile of call durations reaches this many milliseconds.',
  unpriced_calls: 'Fires when this many calls in the last 24 hours used models without a price.',
  payment_failed: 'Fires when a payment has failed this many times.',
  job_failed: 'Fires when a job of the platform fails.',
  prices_age: 'Fires when the model prices of this version are this many days old.',
}

/** An amount in a unit of the API: `80 %`, `$12.50`, `1.20 s`, `3 attempts`. */
export const amountIn = (unit: string | null, amount: string | number): string => {
  if (unit === 'percent') return percent(Number(amount))
  if (unit === 'USD') return exactMoney(String(amount))
  if (unit === 'ms') return durationText(Number(amount))
  if (unit === null) return exact(amount)
  return quantityWords(plain(unit), amount).replace(/^-/, '\u2212')
}

const LIMIT = /^(.+)\/(hour|day|month|period)$/

/** The meter and window of a firing about a limit, from its subject `meter/window`. */
const limitOf = ({ subject }: AlertFiring) => {
  const [, meter, window] = LIMIT.exec(subject ?? '') ?? []
  return meter === undefined || window === undefined ? undefined : { meter, window }
}

/** The subject of a firing, with limits by their names: `Tokens a day`. */
export const firingName = (firing: AlertFiring): string => {
  const limit = limitOf(firing)
  if (limit) return sentence(limitText(limit.meter, limit.window))
  const { rule, subject } = firing
  if (subject === null) return KIND_TEXT[rule]
  return /^\w+$/.test(subject) ? sentence(meterText(subject)) : subject
}

/** An amount of a firing. Amounts of limits use the format of their meter. */
const amountOfFiring = (firing: AlertFiring, amount: string): string => {
  const limit = limitOf(firing)
  return limit === undefined || firing.unit === 'percent'
    ? amountIn(firing.unit, amount)
    : amountOf(limit.meter, Number(amount))
}

export const valueText = (firing: AlertFiring): string =>
  firing.value === null ? '—' : amountOfFiring(firing, firing.value)

/** The threshold that was crossed, with the maximum if they differ. */
export const lineText = (firing: AlertFiring): string => {
  const { threshold, maximum } = firing
  if (threshold === null) return '—'
  const line = amountOfFiring(firing, threshold)
  return maximum === null || maximum === threshold
    ? line
    : `${line} of ${amountOfFiring(firing, maximum)}`
}

const whatOf = ({ meter, endpoint, window, percentile, maximum, plan }: Alert) => [
  percentile !== null && `p${percentile}`,
  meter !== null && meterText(meter),
  window !== null && (window === 'period' ? 'a billing period' : `a ${window}`),
  maximum !== null && `of ${exact(maximum)}`,
  endpoint !== null && `calls to ${endpoint}`,
  plan !== null && `customers on ${plan}`,
]

const minutesOf = ({ badMinutes, ofMinutes, minimumCalls }: Alert) => [
  badMinutes !== null && ofMinutes !== null && `${badMinutes} of ${ofMinutes} minutes`,
  minimumCalls !== null && `at least ${exact(minimumCalls)} calls a minute`,
]

/** The filters of a rule as text; empty without any. */
export const narrowedText = (alert: Alert): string =>
  [...whatOf(alert), ...minutesOf(alert)].filter((part) => part !== false).join(', ')

/** The name of a rule, or the text of its kind. */
export const ruleName = ({ name, kind }: Pick<Alert, 'name' | 'kind'>): string =>
  name ?? KIND_TEXT[kind]

/** Why a firing ended. */
export const ENDED_TEXT = {
  recovered: 'recovered',
  withdrawn: 'withdrawn',
  rule_changed: 'rule changed',
} as const

export const suppressedText = (why: string): string => `not sent: ${plain(why)}`
