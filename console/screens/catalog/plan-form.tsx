import {
  amountOf,
  exact,
  limitText,
  meterText,
  sentence,
  unitPrice,
} from '../../../src/react/format/index.ts'
import { isAmount } from '../../ui/amount.ts'
import { Check, Field, TextField } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import css from './catalog.module.css'
import { type CatalogLimit, type CatalogPlan, limitKey } from './document.ts'
import { type DraftDiff, faultAt } from './use-draft-diff.ts'

interface PlanFormProps {
  readonly plan: CatalogPlan
  readonly faults: DraftDiff['faults']
  readonly onChange: (plan: CatalogPlan) => void
}

const BEHAVIORS = [
  ['hard', 'refuse'],
  ['soft', 'warn'],
  ['overage', 'bill'],
] as const

/** One plan: its price, its limits and its overage. */
export const PlanForm = ({ plan, faults, onChange }: PlanFormProps) => {
  const path = `plans.${plan.key}`
  const change = (patch: Partial<CatalogPlan>) => onChange({ ...plan, ...patch })
  const changeLimit = (limit: CatalogLimit, patch: Partial<CatalogLimit>) =>
    change({ limits: plan.limits.map((one) => (one === limit ? { ...one, ...patch } : one)) })
  return (
    <Panel title={plan.name} note={plan.key}>
      <div className={css.form}>
        <div className={css.pair}>
          <TextField
            label="Name"
            fault={faultAt(faults, `${path}.name`)}
            value={plan.name}
            onChange={(text) => change({ name: text })}
          />
          <TextField
            label="US dollars a month"
            fault={faultAt(faults, `${path}.monthlyPriceUsd`)}
            note="Empty for a price by agreement."
            inputMode="decimal"
            value={plan.monthlyPriceUsd ?? ''}
            onChange={(text) => change({ monthlyPriceUsd: text.trim() || null })}
          />
        </div>
        <Check
          label="Public: customers may choose it themselves"
          isOn={plan.public}
          onChange={(isPublic) => change({ public: isPublic })}
        />
        <h3>Limits</h3>
        {plan.limits.map((limit, index) => (
          <div key={limitKey(limit)} className={css.limit}>
            <span>{sentence(limitText(limit.meter, limit.window))}</span>
            <TextField
              label="Maximum"
              note={limit.max === null ? 'unlimited' : readAs(limit.meter, limit.max)}
              fault={faultAt(faults, `${path}.limits[${index}].max`)}
              inputMode="decimal"
              value={String(limit.max ?? '')}
              onChange={(text) => changeLimit(limit, { max: numberOf(text) })}
            />
            <Field
              label="Over the limit"
              fault={faultAt(faults, `${path}.limits[${index}].behavior`)}
            >
              {(control) => (
                <select
                  {...control}
                  value={limit.behavior}
                  onChange={(event) =>
                    changeLimit(limit, { behavior: event.target.value as CatalogLimit['behavior'] })
                  }
                >
                  {BEHAVIORS.map(([value, words]) => (
                    <option key={value} value={value}>
                      {words}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          </div>
        ))}
        {Object.keys(plan.overageRates).length > 0 && (
          <>
            <h3>US dollars for each past an overage limit</h3>
            <div className={css.pair}>
              {Object.entries(plan.overageRates).map(([meter, rate]) => (
                <TextField
                  key={meter}
                  label={sentence(meterText(meter))}
                  note={
                    typeof rate === 'string'
                      ? bySize(meter, rate)
                      : 'For tiers or packages, edit the document.'
                  }
                  fault={faultAt(faults, `${path}.overageRates.${meter}`)}
                  inputMode="decimal"
                  isDisabled={typeof rate !== 'string'}
                  value={typeof rate === 'string' ? rate : rate.model}
                  onChange={(text) =>
                    change({
                      overageRates: {
                        ...plan.overageRates,
                        [meter]: text.trim(),
                      },
                    })
                  }
                />
              ))}
            </div>
          </>
        )}
      </div>
    </Panel>
  )
}

/** An amount with its unit, if the number alone does not show it. */
const readAs = (meter: string, max: number): string | undefined => {
  const words = amountOf(meter, max)
  return words === exact(max) ? undefined : words
}

/** The price per gigabyte, because a price per byte is hard to read. */
const bySize = (meter: string, rate: string): string | undefined =>
  meter.endsWith('bytes') && isAmount(rate) ? unitPrice(meter, rate) : undefined

/**
 * Turns invalid text into -1, which the server refuses at this field. JSON would send `NaN` as
 * `null`, which means unlimited.
 */
const numberOf = (text: string): number | null =>
  text.trim() === '' ? null : isAmount(text) ? Number(text) : -1
