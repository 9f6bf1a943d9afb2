import { SEVERITIES } from '../../../src/core/severity.ts'
import { plain } from '../../../src/react/format/index.ts'
import { Button } from '../../ui/button.tsx'
import type { faultOf } from '../../ui/faults.ts'
import { Field, TextField } from '../../ui/field.tsx'
import css from './alerts.module.css'
import { type LevelValue, withLevel } from './rule-values.ts'

const MOST_LEVELS = 10

/** The thresholds of a rule, each with its severity. */
export const LevelsField = ({
  unit,
  levels,
  error,
  onChange,
}: {
  readonly unit: string
  readonly levels: readonly LevelValue[]
  readonly error: Parameters<typeof faultOf>[0]
  readonly onChange: (levels: readonly LevelValue[]) => void
}) => {
  const change = (key: number, patch: Partial<LevelValue>) =>
    onChange(levels.map((level) => (level.key === key ? { ...level, ...patch } : level)))
  const fault = error?.faults.find(({ field }) => field.startsWith('thresholds'))
  return (
    <fieldset className={css.fieldset}>
      <legend>Thresholds, in {plain(unit)}</legend>
      {levels.map(({ key, at, severity }, place) => (
        <div key={key} className={css.level}>
          <TextField
            label={`Threshold ${place + 1}`}
            inputMode="decimal"
            value={at}
            onChange={(text) => change(key, { at: text })}
          />
          <Field label={`Severity of threshold ${place + 1}`}>
            {(control) => (
              <select
                {...control}
                value={severity}
                onChange={({ target }) => {
                  const chosen = SEVERITIES.find((one) => one === target.value)
                  if (chosen) change(key, { severity: chosen })
                }}
              >
                {SEVERITIES.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            )}
          </Field>
          <Button
            kind="quiet"
            disabled={levels.length === 1}
            aria-label={`Remove threshold ${place + 1}`}
            onClick={() => onChange(levels.filter((level) => level.key !== key))}
          >
            Remove
          </Button>
        </div>
      ))}
      {fault && <p role="alert">{fault.message}</p>}
      {levels.length < MOST_LEVELS && (
        <div>
          <Button onClick={() => onChange(withLevel(levels))}>Add threshold</Button>
        </div>
      )}
    </fieldset>
  )
}
