import { type ChargeEvent, type GivenBack, givenBack } from '../../core/billing/given-back.ts'
import { grouped } from '../../core/grouped.ts'
import type { Queryable } from '../../storage/database.ts'
import { chargesSince } from '../../storage/tables/charged.ts'

/**
 * What can still be given back on invoices of periods that ended since an instant. The caller must
 * have locked the organizations.
 */
export const chargedBooks = async (
  db: Queryable,
  organizationIds: readonly string[],
  since: Date,
): Promise<(organizationId: string) => GivenBack> => {
  const rows = await chargesSince(db, organizationIds, since)
  const events = grouped(rows, ({ organization_id }) => organization_id)
  const books = new Map<string, GivenBack>()
  return (id) => {
    const known = books.get(id)
    if (known) return known
    const made = givenBack((events.get(id) ?? []).map(eventOf))
    books.set(id, made)
    return made
  }
}

const eventOf = (row: Awaited<ReturnType<typeof chargesSince>>[number]): ChargeEvent =>
  row.note === null
    ? {
        kind: 'invoice',
        id: row.invoice_id,
        charged: row.charged,
        adjustments: row.adjustments.map(({ adjusts, minor }) => ({
          adjusts,
          amount: BigInt(minor),
        })),
      }
    : { kind: 'note', invoiceId: row.invoice_id, amount: row.note }
