import { multiplierName } from '../../../src/core/pricing.ts'
import { Check, Field, TextField } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import css from './catalog.module.css'
import type { CatalogEventType } from './document.ts'
import { type DraftDiff, faultAt } from './use-draft-diff.ts'

interface EventTypeFormProps {
  readonly eventType: CatalogEventType
  readonly faults: DraftDiff['faults']
  readonly onChange: (eventType: CatalogEventType) => void
}

/** The price of one event type: base, multipliers and bonuses. */
export const EventTypeForm = ({ eventType, faults, onChange }: EventTypeFormProps) => {
  const path = `eventTypes.${eventType.key}`
  const change = (patch: Partial<CatalogEventType>) => onChange({ ...eventType, ...patch })
  return (
    <Panel title={eventType.name} note={eventType.key}>
      <div className={css.form}>
        <div className={css.pair}>
          <TextField
            label="Name"
            fault={faultAt(faults, `${path}.name`)}
            value={eventType.name}
            onChange={(text) => change({ name: text })}
          />
          <TextField
            label="Category"
            fault={faultAt(faults, `${path}.category`)}
            value={eventType.category}
            onChange={(text) => change({ category: text })}
          />
        </div>
        <Field label="Description" fault={faultAt(faults, `${path}.description`)}>
          {(control) => (
            <textarea
              {...control}
              value={eventType.description ?? ''}
              onChange={(event) => change({ description: event.target.value || undefined })}
            />
          )}
        </Field>
        <div className={css.pair}>
          <TextField
            label="Base credits"
            fault={faultAt(faults, `${path}.baseCredits`)}
            note="Exact, with up to six decimals."
            inputMode="decimal"
            value={eventType.baseCredits}
            onChange={(text) => change({ baseCredits: text.trim() })}
          />
          <Field
            label="Multipliers"
            fault={faultAt(faults, `${path}.multipliers`)}
            note="Numeric call properties that multiply the price. Separate names with commas."
          >
            {(control) => (
              <input
                {...control}
                key={eventType.key}
                defaultValue={eventType.multipliers.map(multiplierName).join(', ')}
                onBlur={(event) =>
                  change({ multipliers: multipliersOf(event.target.value, eventType.multipliers) })
                }
              />
            )}
          </Field>
        </div>
        {Object.entries(eventType.bonuses).length > 0 && (
          <fieldset className={css.pair}>
            <legend>Bonuses, added if the call sets them</legend>
            {Object.entries(eventType.bonuses).map(([name, credits]) => (
              <Field key={name} label={name} fault={faultAt(faults, `${path}.bonuses.${name}`)}>
                {(control) => (
                  <input
                    {...control}
                    inputMode="decimal"
                    value={credits}
                    onChange={(event) =>
                      change({
                        bonuses: { ...eventType.bonuses, [name]: event.target.value.trim() },
                      })
                    }
                  />
                )}
              </Field>
            ))}
          </fieldset>
        )}
        <Check
          label="Active: the gate accepts its calls"
          isOn={eventType.active}
          onChange={(active) => change({ active })}
        />
      </div>
    </Panel>
  )
}

/** Multipliers whose name is unchanged keep their default for a missing value. */
const multipliersOf = (
  text: string,
  before: CatalogEventType['multipliers'],
): CatalogEventType['multipliers'] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => before.find((one) => multiplierName(one) === name) ?? name)
