import type { Alert, TollgateClient } from '../../../src/client/index.ts'
import { ALERT_KIND_FACTS, type AlertField, type AlertKind } from '../../../src/core/alert-kinds.ts'
import type { Severity } from '../../../src/core/severity.ts'

export interface LevelValue {
  /** Of the row alone, so that one that is taken away takes no other's text with it. */
  readonly key: number
  readonly at: string
  readonly severity: Severity
}

/** A rule while it is typed: every field is text, and what is empty is not said. */
export interface RuleValues {
  readonly kind: AlertKind
  readonly name: string
  readonly levels: readonly LevelValue[]
  readonly plan: string
  readonly fields: Readonly<Partial<Record<AlertField, string>>>
}

const FIELDS: readonly AlertField[] = [
  ...(['meter', 'window', 'maximum', 'endpoint', 'percentile'] as const),
  ...(['minimumCalls', 'badMinutes', 'ofMinutes', 'goodMinutes'] as const),
]
const TEXTS: readonly AlertField[] = ['meter', 'window', 'endpoint']
/** What can be taken back by saying that it is nothing. */
const CLEARED: readonly AlertField[] = ['meter', 'window', 'maximum', 'endpoint']

const levelsOf = (thresholds: Alert['thresholds']): readonly LevelValue[] =>
  thresholds.map(({ at, severity }, key) => ({ key, at: String(at), severity }))

type AlertUpdateFields = Pick<
  NonNullable<Parameters<TollgateClient['platformAlerts']['update']>[0]>,
  AlertField
>

/** A new rule of a kind, with the levels that the kind has by itself. */
export const newRuleValues = (kind: AlertKind): RuleValues => {
  const { thresholds } = ALERT_KIND_FACTS[kind]
  const levels = levelsOf([...thresholds])
  return {
    kind,
    name: '',
    plan: '',
    fields: {},
    levels: levels.length > 0 ? levels : [{ key: 0, at: '', severity: 'warning' }],
  }
}

/** One that is there. */
export const ruleValuesOf = (alert: Alert): RuleValues => ({
  kind: alert.kind,
  name: alert.name ?? '',
  plan: '',
  levels: levelsOf(alert.thresholds),
  fields: Object.fromEntries(
    FIELDS.filter((field) => alert[field] !== null).map((field) => [field, String(alert[field])]),
  ),
})

export const withLevel = (levels: readonly LevelValue[]): readonly LevelValue[] => [
  ...levels,
  { key: Math.max(-1, ...levels.map(({ key }) => key)) + 1, at: '', severity: 'warning' },
]

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text))

/** Whether all that must be a number is one; whether it is a fitting one the server says. */
export const isReady = ({ levels, kind, fields }: RuleValues): boolean =>
  levels.length > 0 &&
  levels.every(({ at }) => isNumber(at)) &&
  ALERT_KIND_FACTS[kind].fields.every(
    (field) =>
      TEXTS.includes(field) || (fields[field] ?? '') === '' || isNumber(fields[field] ?? ''),
  )

const fieldOf = (field: AlertField, text: string) => (TEXTS.includes(field) ? text : Number(text))

/** What the API is sent of the fields that a kind has; `isChange`: what was emptied is taken back. */
const sentFields = ({ kind, fields }: RuleValues, isChange: boolean) => {
  const sent: Partial<Record<AlertField, string | number | null>> = {}
  for (const field of ALERT_KIND_FACTS[kind].fields) {
    const text = fields[field] ?? ''
    if (text !== '') sent[field] = fieldOf(field, text)
    else if (isChange && CLEARED.includes(field)) sent[field] = null
  }
  // Of a form, so of a narrower type than text and numbers: what does not fit the server refuses.
  return sent as AlertUpdateFields
}

const thresholdsOf = ({ levels }: RuleValues) =>
  levels.map(({ at, severity }) => ({ at: Number(at), severity }))

export const createInput = (values: RuleValues) => ({
  kind: values.kind,
  thresholds: thresholdsOf(values),
  ...(values.name !== '' && { name: values.name }),
  ...(values.plan !== '' && { plan: values.plan }),
  ...sentFields(values, false),
})

export const changeInput = (values: RuleValues) => ({
  name: values.name === '' ? null : values.name,
  thresholds: thresholdsOf(values),
  ...sentFields(values, true),
})
