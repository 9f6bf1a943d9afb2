import { quantityWords } from '../amount-words.ts'

/** What a usage line charges for: units of a meter past the included amount of a window. */
interface PastIncluded {
  readonly meter: string
  readonly window: string
  /** Decimal text, exact. */
  readonly units: string
}

/** `9,988.2 credits past what the billing period includes`. */
export const overageWords = ({ meter, window, units }: PastIncluded): string =>
  `${quantityWords(meter, units)} past what ${WINDOWS[window] ?? window} includes`

/** The same for a correction of an earlier period: `2026-01-01 to 2026-02-01, corrected: …`. */
export const adjustmentWords = (days: string, past: PastIncluded): string =>
  `${days}, corrected: ${overageWords(past)}`

const WINDOWS: Readonly<Record<string, string>> = {
  hour: 'each hour',
  day: 'each day',
  month: 'each month',
  period: 'the billing period',
}
