import type { Queryable } from '../database.ts'
import type { EventRow } from './events.ts'

/** An event of use, and the catalog whose version priced it. */
export interface UseRow extends EventRow {
  readonly catalog: string
}

const COLUMNS = `e.*, (select v.catalog from tollgate.catalog_versions v
  where v.id = e.catalog_version_id) as catalog`

/** Selects events. A filter that is left out matches all. */
export interface EventChoice {
  readonly from: Date
  readonly to: Date
  readonly eventType?: string | undefined
  readonly provider?: string | undefined
  readonly model?: string | undefined
}

/**
 * Uses of one organization, oldest first, that come after a given event; no reversals.
 *
 * Ask `usedIds` whether a use was reversed. It searches the ids' index, where a join would be
 * planned as if the table were small.
 */
export const eventsOfUse = (
  db: Queryable,
  organizationId: string,
  { from, to, eventType, provider, model }: EventChoice,
  page: { readonly after: { readonly at: Date; readonly id: string }; readonly limit: number },
): Promise<UseRow[]> =>
  db.query(
    `select ${COLUMNS} from tollgate.events e
     where e.organization_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3
       and (e.occurred_at, e.id) > ($4, $5)
       and ($6::text is null or e.event_type = $6)
       and ($7::text is null or e.provider = $7)
       and ($8::text is null or e.model = $8)
       and e.reverses is null
     order by e.occurred_at, e.id limit $9`,
    [
      ...[organizationId, from, to, page.after.at, page.after.id],
      ...[eventType ?? null, provider ?? null, model ?? null, page.limit],
    ],
  )

/** Events of an organization by their instants and ids. */
export const eventsAt = (
  db: Queryable,
  organizationId: string,
  places: readonly { readonly at: Date; readonly id: string }[],
): Promise<UseRow[]> =>
  db.query(
    `select ${COLUMNS}
     from unnest($2::timestamptz[], $3::text[]) p (occurred_at, id)
     cross join lateral (
       select * from tollgate.events e
       where e.organization_id = $1 and e.occurred_at = p.occurred_at and e.id = p.id) e`,
    [organizationId, places.map(({ at }) => at), places.map(({ id }) => id)],
  )

/** Returns those of the given ids that the organization has used. */
export const usedIds = async (
  db: Queryable,
  organizationId: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await db.query<{ id: string }>(
    'select id from tollgate.event_ids where organization_id = $1 and id = any ($2)',
    [organizationId, ids],
  )
  return new Set(rows.map(({ id }) => id))
}
