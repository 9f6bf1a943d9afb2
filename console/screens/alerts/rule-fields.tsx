import type { Dispatch, SetStateAction } from 'react'
import { ALERT_KIND_FACTS, type AlertField, MINUTE_TERMS } from '../../../src/core/alert-kinds.ts'
import { TIME_WINDOWS } from '../../../src/core/catalog-words.ts'
import { faultOf } from '../../ui/faults.ts'
import { Field, TextField } from '../../ui/field.tsx'
import css from './alerts.module.css'
import { LevelsField } from './levels-field.tsx'
import type { RuleValues } from './rule-values.ts'

interface RuleFieldsProps {
  readonly values: RuleValues
  readonly error: Parameters<typeof faultOf>[0]
  readonly onChange: Dispatch<SetStateAction<RuleValues>>
}

const WINDOWS = TIME_WINDOWS.filter((window) => window !== 'minute')

interface Asked {
  readonly label: string
  readonly note: string
  readonly options?: readonly string[]
}

/** The label and input of each field. */
const ASKED: Readonly<Record<AlertField, Asked>> = {
  meter: { label: 'Meter', note: 'Such as tokens. Empty for all meters.' },
  window: { label: 'Window', note: 'Only limits of this window.', options: WINDOWS },
  maximum: { label: 'Maximum', note: 'Used instead of a limit. Requires a meter and a window.' },
  endpoint: { label: 'Endpoint', note: 'Only calls to it. Empty for all calls.' },
  percentile: {
    label: 'Percentile',
    note: `Default: ${MINUTE_TERMS.percentile}.`,
    options: ['50', '95', '99'],
  },
  minimumCalls: {
    label: 'Minimum calls a minute',
    note: `Minutes with fewer calls are never bad. Default: ${MINUTE_TERMS.minimumCalls}.`,
  },
  badMinutes: {
    label: 'Bad minutes',
    note: `Fires after this many. Default: ${MINUTE_TERMS.badMinutes}.`,
  },
  ofMinutes: { label: 'Out of the last minutes', note: `Default: ${MINUTE_TERMS.ofMinutes}.` },
  goodMinutes: {
    label: 'Good minutes in a row',
    note: `Recovers after this many. Default: ${MINUTE_TERMS.goodMinutes}.`,
  },
}

const NUMBERS: readonly AlertField[] = [
  ...(['maximum', 'minimumCalls', 'badMinutes', 'ofMinutes', 'goodMinutes'] as const),
]

/** The input fields of the rule's kind. */
export const RuleFields = ({ values, error, onChange }: RuleFieldsProps) => {
  const set = (field: AlertField, text: string) =>
    onChange((now) => ({ ...now, fields: { ...now.fields, [field]: text } }))
  return (
    <>
      <TextField
        label="Name"
        note="A display name. Empty for the name of its kind."
        fault={faultOf(error, 'name')}
        value={values.name}
        onChange={(name) => onChange((now) => ({ ...now, name }))}
      />
      <LevelsField
        unit={ALERT_KIND_FACTS[values.kind].unit}
        levels={values.levels}
        error={error}
        onChange={(levels) => onChange((now) => ({ ...now, levels }))}
      />
      {ALERT_KIND_FACTS[values.kind].fields.length > 0 && (
        <div className={css.pair}>
          {ALERT_KIND_FACTS[values.kind].fields.map((field) => (
            <OneField
              key={field}
              {...ASKED[field]}
              isNumber={NUMBERS.includes(field)}
              fault={faultOf(error, field)}
              value={values.fields[field] ?? ''}
              onChange={(text) => set(field, text)}
            />
          ))}
        </div>
      )}
    </>
  )
}

const OneField = ({
  options,
  isNumber,
  value,
  onChange,
  ...field
}: Asked & {
  readonly isNumber: boolean
  readonly fault: string | undefined
  readonly value: string
  readonly onChange: (text: string) => void
}) =>
  options === undefined ? (
    <TextField
      {...field}
      {...(isNumber && { inputMode: 'decimal' as const })}
      value={value}
      onChange={onChange}
    />
  ) : (
    <Field {...field}>
      {(control) => (
        <select {...control} value={value} onChange={({ target }) => onChange(target.value)}>
          <option value="">not chosen</option>
          {options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      )}
    </Field>
  )
