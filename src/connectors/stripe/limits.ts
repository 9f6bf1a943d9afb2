/**
 * What Stripe takes at most, in one place: whatever is sent is cut or refused by it when it is made,
 * since Stripe would refuse a field that is too long for ever. Texts in characters.
 */
export const STRIPE_LIMITS = {
  customerName: 256,
  itemDescription: 5_000,
  invoiceDescription: 1_500,
  metadataKeys: 50,
  metadataKey: 40,
  metadataValue: 500,
  idempotencyKey: 255,
  meterEventName: 100,
  meterIdentifier: 100,
  itemsOnInvoice: 250,
  /** Eight digits, of an item as of a charge. */
  mostMinorUnits: 99_999_999n,
  /** Below it Stripe marks an invoice as paid, and charges nobody. Of US dollars. */
  leastChargeMinorUnits: 50n,
} as const

const CUT = '…'

/** A text for people: what is past the limit is left out, and shown to be. */
export const cutTo = (most: number, text: string): string => {
  if (text.length <= most) return text
  const kept = text.slice(0, most - CUT.length)
  // Not in the middle of a character that takes two places.
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}${CUT}`
}

/** As an item of this description has it at Stripe. */
export const descriptionOfItem = (description: string): string =>
  cutTo(STRIPE_LIMITS.itemDescription, description)

/** A text by which something is found again: cut, it would be another. Throws a `RangeError`. */
export const within = (most: number, what: string, text: string): string => {
  if (text.length <= most) return text
  throw new RangeError(`${what} has ${text.length} characters, and Stripe takes ${most}`)
}

/** Metadata, of which each key and value is found again. Throws a `RangeError`. */
export const metadataOf = (
  entries: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => {
  const { metadataKeys, metadataKey, metadataValue } = STRIPE_LIMITS
  const all = Object.entries(entries)
  if (all.length > metadataKeys) {
    throw new RangeError(`Stripe takes ${metadataKeys} keys of metadata, not ${all.length}`)
  }
  for (const [key, value] of all) {
    within(metadataKey, `the key ${key} of metadata`, key)
    within(metadataValue, `the metadata ${key}`, value)
  }
  return entries
}

/** By which Stripe knows a request again for a day. A definite no begins another. */
export const idempotencyKey = (...parts: readonly (string | number)[]): string =>
  within(STRIPE_LIMITS.idempotencyKey, 'an idempotency key', parts.join(':'))
