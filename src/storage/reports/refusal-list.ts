import type { Queryable } from '../database.ts'
import { type Seen, type SeenShown, seenBy } from '../gate/seen-limits.ts'
import type { KeptDecision } from '../gate/usage.ts'

/** Selects refusals of an organization: a page before a place, the latest first. */
export interface RefusalQuery {
  readonly from: Date
  readonly to: Date
  readonly reason: string | undefined
  readonly meter: string | undefined
  readonly window: string | undefined
  readonly eventType: string | undefined
  readonly before: { readonly at: Date; readonly id: string } | undefined
  readonly limit: number
}

/** A call that limits refused. Every one is stored. */
export type RefusedByLimits = Pick<KeptDecision, 'id' | 'decidedAtMs' | 'verb' | 'eventId'> &
  Seen & { readonly eventType: string; readonly microCredits: bigint }

interface DecisionRow {
  readonly id: string
  readonly decided_at: Date
  readonly verb: KeptDecision['verb']
  readonly event_id: string
  readonly event_type: string
  readonly credits: bigint
  readonly seen: SeenShown
}

/** Runs in a transaction as the organization: see `asOrganization`. */
export const refusedByLimits = async (
  db: Queryable,
  organizationId: string,
  { from, to, reason, meter, window, eventType, before, limit }: RefusalQuery,
): Promise<RefusedByLimits[]> => {
  const rows = await db.query<DecisionRow>(
    `select d.id::text, d.decided_at, d.verb, d.event_id, d.event_type, d.credits, d.seen
     from tollgate.decisions d
     where d.organization_id = $1 and not d.allowed and d.decided_at >= $2 and d.decided_at < $3
       and ($4::text is null or d.event_type = $4)
       and ($5::timestamptz is null or (d.decided_at, d.id::text collate "C") < ($5, $6::text))
       and case when $8::text is not null and tollgate.refusal_of_budget(d.seen) is not null
         then $7::text is null and $8 = tollgate.refusal_of_budget(d.seen)
         else ($7::text is null and $8 is null) or exists (
         select from jsonb_array_elements(d.seen -> 'limits') l
         where (l ->> 'refused')::boolean
           and ($7::text is null or (l ->> 'meter', l ->> 'window') = ($7, $9::text))
           and ($8::text is null or $8 = tollgate.refusal_reason(
             l ->> 'window', l ->> 'behavior', l ->> 'meter',
             l ->> 'per' <> 'organization' and l ->> 'subject' = ''))) end
     order by d.decided_at desc, d.id::text collate "C" desc limit $10`,
    [
      ...[organizationId, from, to, eventType ?? null],
      ...[before?.at ?? null, before?.id ?? null],
      ...[meter ?? null, reason ?? null, window ?? null, limit],
    ],
  )
  return rows.map((row) => ({
    id: row.id,
    decidedAtMs: row.decided_at.getTime(),
    verb: row.verb,
    eventId: row.event_id,
    eventType: row.event_type,
    microCredits: row.credits,
    ...seenBy(row.seen),
  }))
}

/**
 * A call that was refused before any limit was checked, or because none could be. Only a sample is
 * stored.
 */
export interface RefusedOtherwise {
  readonly id: string
  readonly decided_at: Date
  readonly verb: KeptDecision['verb']
  readonly reason: string
  readonly event_type: string | null
  readonly stands_for: number
}

/** Refusals for reasons other than a limit. They are in the audit log. */
export const refusedOtherwise = (
  db: Queryable,
  organizationId: string,
  reasons: readonly string[],
  { from, to, eventType, before, limit }: RefusalQuery,
): Promise<RefusedOtherwise[]> =>
  db.query(
    `select r.id, r.decided_at, r.entry #>> '{new,verb}' as verb,
            r.entry #>> '{new,reason}' as reason, r.entry #>> '{new,eventType}' as event_type,
            1 + coalesce((r.entry #>> '{sampled,passedOver}')::float8, 0) as stands_for
     from (select substr(e.entry::json ->> 'subject', 10) collate "C" as id,
                  e.occurred_at as decided_at, e.entry::json as entry
           from tollgate.audit_events e
           where e.organization_id = $1 and e.category = 'limits' and e.action = 'refused'
             and e.occurred_at >= $2 and e.occurred_at < $3) r
     where r.entry #>> '{new,reason}' = any ($4::text[])
       and ($5::text is null or r.entry #>> '{new,eventType}' = $5)
       and ($6::timestamptz is null or (r.decided_at, r.id) < ($6, $7::text))
     order by r.decided_at desc, r.id desc limit $8`,
    [
      ...[organizationId, from, to, reasons, eventType ?? null],
      ...[before?.at ?? null, before?.id ?? null, limit],
    ],
  )
