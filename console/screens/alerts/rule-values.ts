import type { Alert, TollgateClient } from '../../../src/client/index.ts'
import { ALERT_KIND_FACTS, type AlertField, type AlertKind } from '../../../src/core/alert-kinds.ts'
import type { Severity } from '../../../src/core/severity.ts'

export interface LevelValue {
  /** A stable React key: removing a row must not move text to another row. */
  readonly key: number
  readonly at: string
  readonly severity: Severity
}

/** The form state of a rule. Every field is text; empty fields are not sent. */
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
/** The fields that `null` clears. */
const CLEARED: readonly AlertField[] = ['meter', 'window', 'maximum', 'endpoint']

const levelsOf = (thresholds: Alert['thresholds']): readonly LevelValue[] =>
  thresholds.map(({ at, severity }, key) => ({ key, at: String(at), severity }))

type AlertUpdateFields = Pick<
  NonNullable<Parameters<TollgateClient['platformAlerts']['update']>[0]>,
  AlertField
>

/** The form state of a new rule, with the default levels of its kind. */
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

/** The form state of an existing rule. */
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

/** Whether all numeric fields contain numbers. The server checks their ranges. */
export const isReady = ({ levels, kind, fields }: RuleValues): boolean =>
  levels.length > 0 &&
  levels.every(({ at }) => isNumber(at)) &&
  ALERT_KIND_FACTS[kind].fields.every(
    (field) =>
      TEXTS.includes(field) || (fields[field] ?? '') === '' || isNumber(fields[field] ?? ''),
  )

const fieldOf = (field: AlertField, text: string) => (TEXTS.includes(field) ? text : Number(text))

/** The fields for the API. With `isChange`, an emptied field is sent as `null`. */
const sentFields = ({ kind, fields }: RuleValues, isChange: boolean) => {
  const sent: Partial<Record<AlertField, string | number | null>> = {}
  for (const field of ALERT_KIND_FACTS[kind].fields) {
    const text = fields[field] ?? ''
    if (text !== '') sent[field] = fieldOf(field, text)
    else if (isChange && CLEARED.includes(field)) sent[field] = null
  }
  // The form's values are wider than the API's types; the server refuses invalid ones.
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
