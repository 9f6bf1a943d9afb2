import type { Queryable } from '../database.ts'

/**
 * Reads of all organizations at once, for the platform's operator: from organizations and roll-ups,
 * each organization by its key, so that no table of events is looked at.
 */

/** How a subscription stands at the first parameter. */
const STATE = `tollgate.subscription_state(
  o.status, o.trial_ends_at, o.paused_at, o.ends_at, $1::timestamptz)`

/** How many organizations are on a version of a plan, and in which state. */
export interface PlanCountRow {
  readonly plan: string
  readonly status: 'active' | 'closed'
  /** Of their subscriptions. */
  readonly state: 'trial' | 'active' | 'paused' | 'ended'
  /** By the month; null: by agreement. */
  readonly price: string | null
  readonly organizations: number
}

export const organizationsByPlan = (db: Queryable, at: Date): Promise<PlanCountRow[]> =>
  db.query(
    `select v.catalog || '/' || v.plan as plan, c.status, c.state,
            v.document ->> 'monthlyPriceUsd' as price, c.organizations
     from (select plan_version_id, status, ${STATE} as state, count(*)::integer as organizations
           from tollgate.organizations o group by 1, 2, 3) c
     join tollgate.plan_versions v on v.id = c.plan_version_id
     order by 1, v.version, 2, 3`,
    [at],
  )

/** What an organization, or all of them (its id is null), used in a range of days. */
export interface RangeFiguresRow {
  readonly id: string | null
  readonly name: string | null
  readonly plan: string | null
  readonly events: bigint
  readonly errors: bigint
  readonly unpriced: bigint
  readonly credits: bigint
  readonly cost_usd: string
}

const FIGURES = `coalesce(sum(r.events), 0)::bigint as events,
  coalesce(sum(r.errors), 0)::bigint as errors, coalesce(sum(r.unpriced), 0)::bigint as unpriced,
  coalesce(sum(r.credits), 0)::bigint as credits, coalesce(sum(r.cost_usd), 0) as cost_usd`

/** First all of them together, then those with the most events; one pass over their days. */
export const totalAndTop = (
  db: Queryable,
  { from, to }: { readonly from: Date; readonly to: Date },
  top: number,
): Promise<RangeFiguresRow[]> =>
  db.query(
    `with own as materialized (
       select o.id, o.name, o.plan_version_id, f.*
       from tollgate.organizations o
       cross join lateral (
         select ${FIGURES} from tollgate.rollups r
         where r.organization_id = o.id and r.dimension = 'total' and r.grain = 'day'
           and r.window_start >= $1 and r.window_start < $2) f)
     select null as id, null as name, null as plan, ${FIGURES} from own r
     union all
     select * from (
       select o.id, o.name, v.catalog || '/' || v.plan, o.events, o.errors, o.unpriced, o.credits,
              o.cost_usd
       from own o join tollgate.plan_versions v on v.id = o.plan_version_id
       where o.events > 0 order by o.events desc, o.id limit $3) first`,
    [from, to, top],
  )

export interface CustomerRow {
  readonly id: string
  readonly name: string
  readonly status: 'active' | 'closed'
  readonly state: PlanCountRow['state']
  readonly created_at: Date
  readonly starts_at: Date
  readonly warn_percent: number
  readonly plan: string
  readonly plan_version: number
  readonly price: string | null
  readonly period_start: Date
  readonly events: bigint
  readonly credits: bigint
  readonly cost_usd: string
}

/** Organizations with what they used in their current period. */
export const customersNow = (
  db: Queryable,
  at: Date,
  filter: {
    readonly catalog: string | undefined
    readonly plan: string | undefined
    readonly search: string | undefined
  },
): Promise<CustomerRow[]> =>
  db.query(
    `select o.id, o.name, o.status, ${STATE} as state, o.created_at, o.starts_at, o.warn_percent,
            o.plan, o.plan_version, o.price,
            o.period_start, f.events, f.credits, f.cost_usd
     from (
       select o.*, v.catalog || '/' || v.plan as plan, v.version as plan_version,
              v.document ->> 'monthlyPriceUsd' as price,
              tollgate.window_start('period', $1, o.starts_at) as period_start
       from tollgate.organizations o
       join tollgate.plan_versions v on v.id = o.plan_version_id
       where ($2::text is null or v.catalog = $2) and ($3::text is null or v.plan = $3)
         and ($4::text is null or strpos(lower(o.id), lower($4)) > 0
              or strpos(lower(o.name), lower($4)) > 0)
       offset 0) o
     cross join lateral (
       select ${FIGURES} from tollgate.rollups r
       where r.organization_id = o.id and r.dimension = 'total' and r.grain = 'day'
         and r.window_start >= o.period_start) f`,
    [at, filter.catalog ?? null, filter.plan ?? null, filter.search ?? null],
  )

/** How busy an organization was over some days. */
export interface ActivityRow {
  readonly id: string
  readonly name: string
  readonly plan: string
  readonly price: string | null
  readonly starts_at: Date
  readonly active_days: number
  readonly events: bigint
  readonly refusals: number
}

/** Of every organization that is open. */
export const activities = (
  db: Queryable,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<ActivityRow[]> =>
  db.query(
    `select o.id, o.name, v.catalog || '/' || v.plan as plan, o.starts_at,
            v.document ->> 'monthlyPriceUsd' as price, f.active_days, f.events,
            (select count(*)::integer from tollgate.decisions d
             where d.organization_id = o.id and not d.allowed
               and d.decided_at >= $1 and d.decided_at < $2) as refusals
     from tollgate.organizations o
     join tollgate.plan_versions v on v.id = o.plan_version_id
     cross join lateral (
       select count(*) filter (where r.events > 0)::integer as active_days,
              coalesce(sum(r.events), 0)::bigint as events
       from tollgate.rollups r
       where r.organization_id = o.id and r.dimension = 'total' and r.grain = 'day'
         and r.window_start >= $1 and r.window_start < $2) f
     where o.status = 'active'
     order by o.id`,
    [from, to],
  )

/** What these organizations are called. */
export const namesOf = async (
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const rows = await db.query<{ id: string; name: string }>(
    'select id, name from tollgate.organizations where id = any ($1::text[])',
    [ids],
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}
