import { english } from './english.ts'
import { type Format, formatOf } from './format.ts'
import type { Messages } from './messages.ts'

/** What the components say, and how they write figures. */
export interface Words extends Format {
  readonly say: Messages
  /** The name of a meter, as the host calls it or as its key reads. */
  readonly meter: (meter: string) => string
  readonly limit: (meter: string, window: string) => string
  readonly planLimit: (meter: string, window: string) => string
}

export interface WordsOptions {
  /** How figures and dates are written. `en-GB` if not given. */
  readonly locale?: string | undefined
  /** All texts of a language, or some in the place of the English ones. */
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
