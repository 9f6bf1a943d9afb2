import type { ChannelItem } from '../../contract/channel-message.ts'
import { amountWords, decimalWords, moneyWords, shareWords } from '../../core/amount-words.ts'
import { currencyOf } from '../../core/billing/currencies.ts'
import { moneyText } from '../../core/billing/money-text.ts'
import { plainWords } from '../../core/plain-words.ts'
import { shownTime, shownWindow } from '../../core/shown-time.ts'

const MOST_FACTS = 6
const MOST_CHARACTERS = 300

type Data = Readonly<Record<string, unknown>>
type Facts = ChannelItem['facts']

/** The facts of an alert, in a few words. */
export const factsOfAlert = (data: Data): Facts => {
  const subject = textOf(data.subject)
  const [value, maximum, threshold] = [data.value, data.maximum, data.threshold].map(textOf)
  const unit = textOf(data.unit) || undefined
  const meter = subject?.split('/')[0]
  const amount = (of: string | undefined) =>
    of === undefined || unit === undefined ? of && decimalWords(of) : amountWords(of, unit, meter)
  const [from, to] = [data.windowStart, data.windowEnd].map(instantOf)
  return shown([
    ['About', subject],
    ['Value', value && maximum && unit ? shareWords(value, maximum, unit, meter) : amount(value)],
    ['Threshold', amount(threshold)],
    ['Window', from && shownWindow(from, to)],
    ['Note', data.standing === true ? 'It was so already when the alert was made.' : undefined],
  ])
}

/**
 * The scalar fields of any other event's data. Money has its currency, and times are in the zone.
 */
export const factsOf = (data: Data, zone: string): Facts => {
  const facts = Object.entries(data).map(([name, value]): [string, string | undefined] => {
    const at = instantOf(value)
    if (at) return [labelOf(name), shownTime(at, zone)]
    return isMoney(name)
      ? [labelOf(name), moneyOf(value, data.currency)]
      : [labelOf(name), plain(value)]
  })
  return shown(facts.filter(([label]) => label !== 'Currency')).slice(0, MOST_FACTS)
}

const shown = (facts: readonly (readonly [string, string | undefined])[]): Facts =>
  facts.flatMap(([label, value]) =>
    value === undefined || value === ''
      ? []
      : [{ label, value: plainWords(value, MOST_CHARACTERS) }],
  )

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

const instantOf = (value: unknown): Date | undefined => {
  if (typeof value !== 'string' || !INSTANT.test(value)) return undefined
  const at = new Date(value)
  return Number.isNaN(at.getTime()) ? undefined : at
}

const isMoney = (name: string): boolean => name.endsWith('MinorUnits')

const moneyOf = (value: unknown, code: unknown): string | undefined => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return plain(value)
  if (typeof code !== 'string') return String(value)
  const upper = code.toUpperCase()
  try {
    return moneyWords(moneyText(BigInt(value), currencyOf(upper)), upper)
  } catch {
    // A currency that this version does not know stays in its smallest unit.
    return `${value} (smallest unit of ${upper})`
  }
}

const plain = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined

/** Labels `periodStart` as `Period start`, and `dueMinorUnits` as `Due`. */
const labelOf = (name: string): string => {
  const words = name
    .replace(/MinorUnits$|Id$/, '')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
