import type { DecisionReason } from '../../contract/decision.ts'
import { meterWords } from '../../core/amount-words.ts'

/** Display texts for the terms of the glossary. */

const WINDOWS: Readonly<Record<string, string>> = {
  minute: 'a minute',
  hour: 'an hour',
  day: 'a day',
  month: 'a month',
  period: 'a billing period',
  concurrent: 'at the same time',
}

/** `structuring_diagnose` as `structuring diagnose`. */
export const plain = (key: string): string => key.replace(/[_-]+/g, ' ')

/** `ai_calls` as `AI calls`. */
export const meterText = meterWords

/** `tokens`, `day` as `tokens a day`. */
export const limitText = (meter: string, window: string): string =>
  `${meterText(meter)} ${WINDOWS[window] ?? window}`

export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The behaviour of a limit past its maximum. */
export const BEHAVIOR_TEXT = {
  hard: 'refuses',
  soft: 'warns',
  overage: 'bills overage',
} as const

export const REASON_TEXT: Readonly<Record<DecisionReason, string>> = {
  limit_exceeded: 'a quota was used up',
  rate_limited: 'calls came too fast',
  too_many_concurrent: 'too much was in flight',
  subject_missing: 'the call names no user or key',
  credits_exhausted: 'credits were used up',
  spend_cap_reached: 'the spend cap was reached',
  feature_not_included: 'the plan does not include the feature',
  budget_exceeded: 'the budget of the run was used up',
  budget_closed: 'the budget of the run is closed',
  unknown_budget: 'there is no such budget',
  subscription_paused: 'the subscription is paused',
  subscription_ended: 'the subscription has ended',
  unavailable: 'a limit could not be looked at',
  unknown_organization: 'there is no such organization',
  closed_organization: 'the organization is closed',
  unknown_event_type: 'there is no such event type',
  inactive_event_type: 'the event type is not active',
}

/** `1 call`, `2 calls`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
