import { AMOUNT_FIELDS } from './usage-parts.ts'

/** Fields of a usage event that may stand among the properties, where one object holds both. */
const EVENT_FIELDS: readonly string[] = ['quantities', 'provider', 'model', ...AMOUNT_FIELDS]

export const isEventField = (name: string): boolean => EVENT_FIELDS.includes(name)

/** One object of a simpler form, taken apart: what a usage event has by name, and its properties. */
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
