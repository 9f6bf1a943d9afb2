import type { Queryable } from '../database.ts'

/**
 * Reads of all organizations at once, for the platform's operator. They come from organizations and
 * roll-ups, each organization by its key. So no table of events is read.
 */

/** The state of a subscription at the instant in parameter 1. */
const STATE = `tollgate.subscription_state(
  o.status, o.trial_ends_at, o.paused_at, o.ends_at, $1::timestamptz)`

/** How many organizations are on a version of a plan, in each state. */
export interface PlanCountRow {
  readonly plan: string
  readonly status: 'active' | 'closed'
  /** The state of the subscription. */
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

/**
 * The use of an organization in a range of days. With a null id, it is the use of all
 * organizations.
 */
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

/** First all organizations together, then those with the most events. It reads their days once. */
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

/** Organizations with their use in the current period. */
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

/** The activity of an organization over some days. */
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

/** The activity of every open organization. */
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

/** The names of these organizations. */
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
