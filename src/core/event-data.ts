import { AMOUNT_FIELDS } from './usage-parts.ts'

/** The fields of a usage event that may be mixed with properties in one object. */
const EVENT_FIELDS: readonly string[] = ['quantities', 'provider', 'model', ...AMOUNT_FIELDS]

export const isEventField = (name: string): boolean => EVENT_FIELDS.includes(name)

/** Splits one flat object into the named fields of a usage event and its properties. */
export const splitEventData = (
  eventData: Readonly<Record<string, unknown>>,
): {
  readonly fields: Readonly<Record<string, unknown>>
  readonly properties: Readonly<Record<string, unknown>>
} => {
  const entries = Object.entries(eventData)
  return {
    fields: Object.fromEntries(entries.filter(([name]) => isEventField(name))),
    properties: Object.fromEntries(entries.filter(([name]) => !isEventField(name))),
  }
}
