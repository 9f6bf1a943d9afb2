import type { Queryable } from '../database.ts'

/**
 * The fields of an event that its price depends on. For a reversal, they are those of the event it
 * reverses.
 */
export interface PricedEventRow {
  readonly id: string
  readonly occurred_at: Date
  readonly is_reversal: boolean
  readonly event_type: string
  readonly catalog_version_id: bigint
  /** As the ledger counts it: negative for a reversal. */
  readonly credits: bigint
  readonly quantities: Readonly<Record<string, number | string>>
  readonly properties: Readonly<Record<string, unknown>> | null
  readonly user_id: string | null
  readonly session_id: string | null
  readonly input_tokens: bigint | null
  readonly output_tokens: bigint | null
}

/** The events of one organization and catalog, oldest first, that come after a given event. */
export const eventsToPrice = (
  db: Queryable,
  organizationId: string,
  catalog: string,
  { from, to }: { readonly from: Date; readonly to: Date },
  page: { readonly after: { readonly at: Date; readonly id: string }; readonly limit: number },
): Promise<PricedEventRow[]> =>
  db.query(
    `select e.id, e.occurred_at, e.reverses is not null as is_reversal, e.credits, s.event_type,
            s.catalog_version_id, s.quantities, s.properties, s.user_id, s.session_id,
            s.input_tokens, s.output_tokens
     from (
       select * from tollgate.events e
       where e.organization_id = $1 and e.occurred_at >= $3 and e.occurred_at < $4
         and (e.occurred_at, e.id) > ($5, $6)
         and e.catalog_version_id in (select id from tollgate.catalog_versions where catalog = $2)
       order by e.occurred_at, e.id limit $7) e
     join tollgate.events s
       on s.organization_id = e.organization_id and s.occurred_at = e.occurred_at
         and s.id = coalesce(e.reverses, e.id)
     order by e.occurred_at, e.id`,
    [organizationId, catalog, from, to, page.after.at, page.after.id, page.limit],
  )

/** The document of one catalog version. */
export const catalogDocument = async (db: Queryable, id: bigint): Promise<unknown> => {
  const [row] = await db.query<{ document: unknown }>(
    'select document from tollgate.catalog_versions where id = $1',
    [id],
  )
  return row?.document
}

/** The instant from which all raw events are still stored; null if retention has dropped none. */
export const eventsWholeSince = async (db: Queryable): Promise<Date | null> => {
  const [row] = await db.query<{ since: Date | null }>(
    'select tollgate.events_whole_since() as since',
  )
  return row?.since ?? null
}
