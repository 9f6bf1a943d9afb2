import { useState } from 'react'
import { parseDecimal } from '../../../src/core/amounts.ts'
import { type CallPrice, multiplierName, priceCall } from '../../../src/core/pricing.ts'
import { exact } from '../../../src/react/format/index.ts'
import { Check, TextField } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import css from './catalog.module.css'
import type { CatalogEventType } from './document.ts'

interface PricePreviewProps {
  readonly eventType: CatalogEventType
  /** The active version; `undefined` for a new event type. */
  readonly before: CatalogEventType | undefined
}

/**
 * The price of an example call, updated while typing. It uses the engine's own rule, so it equals
 * what the gate charges.
 */
export const PricePreview = ({ eventType, before }: PricePreviewProps) => {
  const names = eventType.multipliers.map(multiplierName)
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(names.map((name) => [name, '2'])),
  )
  const [isOn, setIsOn] = useState<Readonly<Record<string, boolean>>>(() =>
    Object.fromEntries(Object.keys(eventType.bonuses).map((name) => [name, true])),
  )
  const properties = {
    ...Object.fromEntries(
      names.flatMap((name) => (values[name] ? [[name, Number(values[name])]] : [])),
    ),
    ...isOn,
  }
  const priced = priceOf(eventType, properties)
  const was = before && priceOf(before, properties)
  return (
    <Panel title="A call of your own" note="priced as the gate prices it">
      <div className={css.pair}>
        {names.map((name) => (
          <TextField
            key={name}
            label={name}
            inputMode="decimal"
            value={values[name] ?? ''}
            onChange={(text) => setValues({ ...values, [name]: text })}
          />
        ))}
      </div>
      {Object.keys(eventType.bonuses).map((name) => (
        <Check
          key={name}
          label={name}
          isOn={isOn[name] ?? false}
          onChange={(on) => setIsOn({ ...isOn, [name]: on })}
        />
      ))}
      {priced === undefined ? (
        <p className={css.fault}>A price is not a valid number.</p>
      ) : priced.ok ? (
        <>
          <ol className={css.steps}>
            <li>
              <span>base</span>
              <span>{exact(priced.story.base)}</span>
            </li>
            {priced.story.multipliers.map(({ name, value }) => (
              <li key={name}>
                <span>× {name}</span>
                <span>{exact(value)}</span>
              </li>
            ))}
            {priced.story.bonuses.map(({ name, credits }) => (
              <li key={name}>
                <span>+ {name}</span>
                <span>{exact(credits)}</span>
              </li>
            ))}
          </ol>
          <p className={css.price} aria-live="polite">
            <span className={css.sum}>
              credits
              {was?.ok && was.story.credits !== priced.story.credits && (
                <>, now {exact(was.story.credits)}</>
              )}
            </span>
            <strong>{exact(priced.story.credits)}</strong>
          </p>
        </>
      ) : (
        <p className={css.fault}>
          {priced.faults.map(({ field, message }) => `${field} ${message}`).join('; ')}
        </p>
      )}
    </Panel>
  )
}

/** Returns nothing while a price is incomplete. */
const priceOf = (
  eventType: CatalogEventType,
  properties: Record<string, unknown>,
): CallPrice | undefined => {
  const texts = [eventType.baseCredits, ...Object.values(eventType.bonuses)]
  return texts.every((text) => parseDecimal(text) !== undefined)
    ? priceCall(eventType, properties)
    : undefined
}
