import { english } from './english.ts'
import { type Format, formatOf } from './format.ts'
import type { Messages } from './messages.ts'

/** The texts of the components and their number formats. */
export interface Words extends Format {
  readonly say: Messages
  /** The name of a meter: the host's label, or a text from its key. */
  readonly meter: (meter: string) => string
  readonly limit: (meter: string, window: string) => string
  readonly planLimit: (meter: string, window: string) => string
}

export interface WordsOptions {
  /** The locale of figures and dates. `en-GB` by default. */
  readonly locale?: string | undefined
  /** All texts of a language, or replacements for some English ones. */
  readonly messages?: Partial<Messages> | undefined
  /** Your names of meters, by key: `{ ai_calls: 'Generations' }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

export const wordsOf = ({ locale = 'en-GB', messages, labels }: WordsOptions): Words => {
  const say = { ...english, ...messages }
  const meter = (key: string) => labels?.[key] ?? say.meter(key)
  return {
    ...formatOf(locale),
    say,
    meter,
    limit: (key, window) => say.limit(meter(key), window),
    planLimit: (key, window) => say.planLimit(meter(key), window),
  }
}
