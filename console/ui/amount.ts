/**
 * Whether a text is an amount. One that is not must never be sent: JSON writes `NaN` as `null`, and
 * a maximum of `null` means unlimited.
 */
export const isAmount = (text: string): boolean =>
  text.trim() !== '' && Number.isFinite(Number(text))

/** What is wrong with a text that is no amount; an empty one is merely not filled in yet. */
export const amountFault = (text: string): string | undefined =>
  text.trim() === '' || isAmount(text) ? undefined : 'must be a number'
