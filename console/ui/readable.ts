import {
  instantText,
  limitText,
  sentence,
  spanText,
  UTC,
  zoneText,
} from '../../src/react/format/index.ts'

const LIMIT = /\b([a-z][a-z0-9_]*)\/(minute|hour|day|month|period|concurrent)\b(?: \(hard\))?/g
const DAYS = /\b(\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)\b/g
const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g
/** A key keeps its case, even at the start of a sentence. */
const KEY_FIRST = /^[a-z0-9]+_/

/**
 * Rewrites a sentence of the API for display: names of limits, first and last days of ranges, and
 * times in a zone. Figures stay unchanged.
 */
export const readable = (text: string, timeZone = 'UTC'): string => {
  const words = text
    .replace(LIMIT, (_, meter: string, window: string) => limitText(meter, window))
    .replace(DAYS, (_, start: string, end: string) => spanText({ start, end }, UTC))
    .replace(INSTANT, (at) => `${instantText(at, { timeZone })} ${zoneText(timeZone)}`)
  return KEY_FIRST.test(words) ? words : sentence(words)
}
