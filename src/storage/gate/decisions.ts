import { isUuid } from '../../contract/text.ts'
import type { Queryable } from '../database.ts'
import { type SeenShown, seenBy, unitsFromJson } from './seen-limits.ts'
import type { DecideAsk, KeptDecision } from './usage.ts'

/** A stored decision, and the call that it was about. */
export interface DecisionRow {
  readonly decision: KeptDecision
  readonly eventType: string
  readonly occurredAt: Date
  readonly quantities: Record<string, number | string>
  readonly catalog: string
  readonly catalogVersion: number
  /** Decided on the process's leases, so that no levels were recorded. */
  readonly leased: boolean
}

interface FoundRow {
  readonly id: string
  readonly decided_at: Date
  readonly verb: KeptDecision['verb']
  readonly event_id: string
  readonly event_type: string
  readonly occurred_at: Date
  readonly allowed: boolean
  readonly credits: bigint | null
  readonly quantities: Record<string, number | string>
  readonly seen: SeenShown | null
  readonly ahead: string | null
  readonly asked: string | null
  readonly is_leased: boolean
  readonly catalog: string
  readonly catalog_version: number
}

const REFUSED_OR_EXTENDED = `
  select d.id::text, d.decided_at, d.verb, d.event_id, d.event_type, d.occurred_at, d.allowed,
         d.credits, d.quantities, d.seen, null as ahead, null as asked, false as is_leased,
         c.catalog, c.version as catalog_version
  from tollgate.decisions d
  join tollgate.catalog_versions c on c.id = d.catalog_version_id
  where d.id = $2::uuid and d.organization_id = $1`

/** An admitted call has its event's id. The event describes it or, while held, the reservation. */
const LET_THROUGH = `
  select i.id, i.received_at as decided_at, i.verb, i.id as event_id,
         coalesce(e.event_type, r.request ->> 'eventType') as event_type, i.occurred_at,
         true as allowed, coalesce(i.credits, e.credits) as credits,
         case i.verb when 'track' then e.quantities else r.quantities end as quantities,
         coalesce(i.seen, tollgate.seen_in_batch(i.batch_id)) as seen, i.ahead, i.asked,
         i.asked is null as is_leased, c.catalog, c.version as catalog_version
  from tollgate.event_ids i
  left join tollgate.events e using (organization_id, id, occurred_at)
  left join tollgate.reservations r on r.id = i.reservation_id
  join tollgate.catalog_versions c
    on c.id = coalesce(e.catalog_version_id, r.catalog_version_id)
  where i.organization_id = $1 and i.id = $2 and i.verb in ('track', 'reserve')`

/** Runs in a transaction as the organization: see `asOrganization`. */
export const findDecision = async (
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<DecisionRow | undefined> => {
  for (const text of [...(isUuid(id) ? [REFUSED_OR_EXTENDED] : []), LET_THROUGH]) {
    const [row] = await db.query<FoundRow>(text, [organizationId, id])
    if (row) return decisionRow(row)
  }
  return undefined
}

const decisionRow = (row: FoundRow): DecisionRow => ({
  decision: {
    id: row.id,
    decidedAtMs: row.decided_at.getTime(),
    verb: row.verb,
    eventId: row.event_id,
    allowed: row.allowed,
    microCredits: row.credits ?? 0n,
    ...seenBy(row.seen, unitsFromJson(row.ahead), unitsFromJson(row.asked)),
  },
  eventType: row.event_type,
  occurredAt: row.occurred_at,
  quantities: row.quantities,
  catalog: row.catalog,
  catalogVersion: row.catalog_version,
  leased: row.is_leased,
})

/** True if an event was recorded, or a call admitted, under an id. */
export const isIdTaken = async (
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<boolean> => {
  const rows = await db.query(
    'select 1 from tollgate.event_ids where organization_id = $1 and id = $2',
    [organizationId, id],
  )
  return rows.length > 0
}

/**
 * Stores a refusal that was decided outside of the database. Returns false, and stores nothing, if
 * a call was admitted under the id before. For an extension, that is the id of the hold being
 * extended.
 */
export const keepRefusal = async (
  db: Queryable,
  { item }: Pick<DecideAsk, 'item'>,
  decision: KeptDecision,
): Promise<boolean> => {
  const seen = {
    warn: decision.warnPercent,
    limits: decision.limits.map((limit) => ({
      meter: limit.meter,
      window: limit.window,
      per: limit.per,
      subject: limit.subject,
      start: new Date(limit.startMs).toISOString(),
      max: limit.max?.toString() ?? null,
      behavior: limit.behavior,
      burst: limit.burst?.toString() ?? null,
      cap: limit.cap?.toString() ?? null,
      leaked: limit.leaked?.toString() ?? null,
      drawn: limit.drawn?.toString() ?? null,
      before: limit.before.toString(),
      asked: limit.asked.toString(),
      refused: limit.refused,
    })),
  }
  const rows = await db.query(
    `with kept as (
       insert into tollgate.decisions (id, decided_at, organization_id, verb, event_id, event_type,
         occurred_at, allowed, credits, quantities, seen, catalog_version_id)
       select $1::uuid, $2::timestamptz, $3, $4, $5, $6, $7::timestamptz, false, $8::bigint,
              $9::jsonb, $10::jsonb, $11::bigint
       where $4 = 'extend' or not exists (
         select 1 from tollgate.event_ids where organization_id = $3 and id = $5)
       returning organization_id, seen, decided_at)
     select tollgate.tell_refusals(array[organization_id], array[seen], decided_at) from kept`,
    [
      decision.id,
      new Date(decision.decidedAtMs).toISOString(),
      item.organizationId,
      decision.verb,
      item.id,
      item.eventType,
      item.occurredAt.toISOString(),
      item.microCredits,
      item.quantities,
      JSON.stringify(seen),
      item.catalogVersionId,
    ],
  )
  return rows.length > 0
}
