import {
  instantText,
  limitText,
  sentence,
  spanText,
  zoneText,
} from '../../src/react/format/index.ts'

const LIMIT = /\b([a-z][a-z0-9_]*)\/(minute|hour|day|month|period|concurrent)\b(?: \(hard\))?/g
const DAYS = /\b(\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)\b/g
const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g
/** A key is written as it is, even where a sentence begins with it. */
const KEY_FIRST = /^[a-z0-9]+_/
const UTC = { timeZone: 'UTC' }

/**
 * A sentence of the API as the screens write it: limits by their names, half-open days by their
 * first and last, instants in a zone. What it says of figures stays as it is.
 */
export const readable = (text: string, timeZone = 'UTC'): string => {
  const words = text
    .replace(LIMIT, (_, meter: string, window: string) => limitText(meter, window))
    .replace(DAYS, (_, start: string, end: string) => spanText({ start, end }, UTC))
    .replace(INSTANT, (at) => `${instantText(at, { timeZone })} ${zoneText(timeZone)}`)
  return KEY_FIRST.test(words) ? words : sentence(words)
}
