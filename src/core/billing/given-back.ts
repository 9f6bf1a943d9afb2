/**
 * What of invoices can still be given back. Credit notes and adjustments together never come to more
 * than what was charged: what a note has given back of an invoice, no reversal gives back again, and
 * the other way round. Amounts in minor units.
 */

/** An invoice, or a note on one, in the order in which they were made. */
export type ChargeEvent =
  | {
      readonly kind: 'invoice'
      readonly id: string
      /** For its own period: without adjustments and credits. */
      readonly charged: bigint
      readonly adjustments: readonly { readonly adjusts: string; readonly amount: bigint }[]
    }
  | { readonly kind: 'note'; readonly invoiceId: string; readonly amount: bigint }

/** What an adjustment has charged later, and on which invoice. */
interface Later {
  readonly onInvoice: string
  left: bigint
}

export interface GivenBack {
  /** What is left of all that an invoice charged. */
  readonly leftOf: (invoiceId: string) => bigint
  /**
   * Takes back up to so much of what a period was charged: of what was charged for it last first.
   * Gives how much there was.
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
