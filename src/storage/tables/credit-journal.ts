import type { CreditMovement } from '../../contract/grants.ts'
import type { Queryable } from '../database.ts'

interface CreditEntry {
  readonly account: CreditMovement['entries'][number]['account']
  readonly grant_id: string | null
  /** Micro-credits as text, since JSON numbers are doubles. */
  readonly units: string
}

export interface CreditTransactionRow {
  /** Numbered within its organization, from 1. */
  readonly number: bigint
  readonly occurred_at: Date
  readonly kind: CreditMovement['kind']
  readonly window_name: string | null
  readonly window_start: Date | null
  readonly entries: readonly CreditEntry[]
}

/** A page of movements before a given one, the latest first. */
export const creditTransactions = (
  db: Queryable,
  organizationId: string,
  page: { before: bigint | undefined; limit: number },
): Promise<CreditTransactionRow[]> =>
  db.query(
    `select t.number, t.occurred_at, t.kind, t.window_name, t.window_start, (
       select json_agg(json_build_object('account', e.account, 'grant_id', e.grant_id,
                'units', e.units::text) order by e.place)
       from tollgate.credit_entries e
       where e.organization_id = t.organization_id and e.transaction_id = t.id) as entries
     from tollgate.credit_transactions t
     where t.organization_id = $1 and ($2::bigint is null or t.number < $2)
     order by t.number desc limit $3`,
    [organizationId, page.before ?? null, page.limit],
  )
