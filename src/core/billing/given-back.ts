/**
 * How much of an invoice can still be given back, in minor units. Credit notes and adjustments
 * together never exceed the charge. A reversal gives back nothing that a credit note already gave
 * back, and the other way round.
 */

/** An invoice or a credit note, in order of creation. */
export type ChargeEvent =
  | {
      readonly kind: 'invoice'
      readonly id: string
      /** The charge for the invoice's own period, without adjustments and credits. */
      readonly charged: bigint
      readonly adjustments: readonly { readonly adjusts: string; readonly amount: bigint }[]
    }
  | { readonly kind: 'note'; readonly invoiceId: string; readonly amount: bigint }

/** What a later invoice charged as an adjustment of this one. */
interface Later {
  readonly onInvoice: string
  left: bigint
}

export interface GivenBack {
  /** How much of an invoice's charge is left to give back. */
  readonly leftOf: (invoiceId: string) => bigint
  /**
   * Gives back up to `amount` of what a period was charged, the latest charges first. Returns the
   * amount that was left to give back.
   */
  readonly takeBack: (invoiceId: string, amount: bigint) => bigint
}

export const givenBack = (events: readonly ChargeEvent[]): GivenBack => {
  const left = new Map<string, bigint>()
  const later = new Map<string, Later[]>()
  const leftOf = (id: string) => left.get(id) ?? 0n
  const takeFrom = (id: string, most: bigint): bigint => {
    const taken = least(leftOf(id), most)
    left.set(id, leftOf(id) - taken)
    return taken
  }
  const takeBack = (id: string, amount: bigint): bigint => {
    let rest = amount
    for (const part of [...(later.get(id) ?? [])].reverse()) {
      const taken = takeFrom(part.onInvoice, least(part.left, rest))
      part.left -= taken
      rest -= taken
    }
    return amount - rest + takeFrom(id, rest)
  }
  for (const event of events) {
    if (event.kind === 'note') {
      takeFrom(event.invoiceId, event.amount)
      continue
    }
    left.set(event.id, event.charged)
    for (const { adjusts, amount } of event.adjustments) {
      if (amount < 0n) takeBack(adjusts, -amount)
      else {
        left.set(event.id, leftOf(event.id) + amount)
        later.set(adjusts, [...(later.get(adjusts) ?? []), { onInvoice: event.id, left: amount }])
      }
    }
  }
  return { leftOf, takeBack }
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
