/**
 * Stripe's limits, in one place; texts are in characters. All that we send is cut or refused by
 * them beforehand, since Stripe would always refuse a field that is too long.
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
  /** Eight digits, for an item as for a charge. */
  mostMinorUnits: 99_999_999n,
  /** Below this amount, Stripe marks an invoice as paid without charging anybody. In US dollars. */
  leastChargeMinorUnits: 50n,
} as const

const CUT = '…'

/** A text for people. A text beyond the limit is cut, and the cut is shown. */
export const cutTo = (most: number, text: string): string => {
  if (text.length <= most) return text
  const kept = text.slice(0, most - CUT.length)
  // Never cuts within a character that takes two units.
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}${CUT}`
}

/** The description of an item as Stripe stores it. */
export const descriptionOfItem = (description: string): string =>
  cutTo(STRIPE_LIMITS.itemDescription, description)

/**
 * A text that serves as a key: cutting it would change the key. Throws a `RangeError` if it is too
 * long.
 */
export const within = (most: number, what: string, text: string): string => {
  if (text.length <= most) return text
  throw new RangeError(`${what} has ${text.length} characters, and Stripe takes ${most}`)
}

/** Metadata whose keys and values serve as keys. Throws a `RangeError` if one is too long. */
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

/**
 * Stripe recognizes a repeated request by this key for a day. A definite refusal starts a new key.
 */
export const idempotencyKey = (...parts: readonly (string | number)[]): string =>
  within(STRIPE_LIMITS.idempotencyKey, 'an idempotency key', parts.join(':'))
