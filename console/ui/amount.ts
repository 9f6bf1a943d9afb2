/**
 * Whether a text is a number. Anything else must not be sent: JSON writes `NaN` as `null`, and a
 * maximum of `null` means unlimited.
 */
export const isAmount = (text: string): boolean =>
  text.trim() !== '' && Number.isFinite(Number(text))

/** The error of a text that is not a number; none for an empty text. */
export const amountFault = (text: string): string | undefined =>
  text.trim() === '' || isAmount(text) ? undefined : 'must be a number'
