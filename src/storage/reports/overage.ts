import type { OverageRate } from '../../core/billing/overage-rate.ts'
import type { Aggregation, LimitBehavior, LimitWindow } from '../../core/catalog-words.ts'
import type { Queryable } from '../database.ts'

/**
 * An `overage` limit in force, with its use in one window of the current billing period (see
 * `isBilledIn`). A limit without use in the period has one row, whose `used` is null.
 */
export interface OverageRow {
  readonly organization_id: string
  readonly starts_at: Date
  readonly period_start: Date
  readonly plan: string
  readonly plan_version: number
  readonly meter: string
  readonly aggregation: Aggregation
  readonly scale: number
  readonly window_name: LimitWindow
  readonly max: bigint | null
  readonly cap: bigint | null
  /** The plan's rate for use past the maximum; null: no price is set. */
  readonly rate: OverageRate | null
  readonly window_start: Date | null
  readonly used: bigint | null
}

/**
 * Levels of the given organizations, or of all that run or have ended in their current period. It
 * reads buckets by key, one lookup for each organization and limit.
 *
 * With `wholeOf`, rows that are within their maximum are left out, because they cost nothing. They
 * stay for the organizations in `wholeOf`, and for a month in which the organization began. To pass
 * a row on costs more than to find it.
 */
export const overageLevels = (
  db: Queryable,
  at: Date,
  organizationIds?: readonly string[],
  wholeOf?: readonly string[],
): Promise<OverageRow[]> =>
  db.query(
    `with org as materialized (
       select o.id, o.starts_at, o.plan_version_id, least(o.closed_at, o.ends_at) as ended_at,
              tollgate.window_start('period', $1, o.starts_at) as period_start
       from tollgate.organizations o where $2::text[] is null or o.id = any ($2::text[])),
     running as materialized (
       select * from org where $2::text[] is not null or ended_at is null
                            or ended_at > period_start),
     asked as (
       select f.organization_id, f.meter, f.window_name, f.max, f.cap, f.aggregation, o.starts_at,
              o.period_start, o.plan_version_id,
              case f.window_name when 'month'
                then tollgate.window_start('month', o.period_start, null)
                else o.period_start end as first_start
       from tollgate.limits_in_force(array(select id from running), $1) f
       join running o on o.id = f.organization_id
       where f.behavior = 'overage' and f.per = 'organization')
     select a.organization_id, a.starts_at, a.period_start, v.catalog || '/' || v.plan as plan,
            v.version as plan_version, a.meter, a.aggregation, m.scale, a.window_name, a.max, a.cap,
            v.document -> 'overageRates' -> a.meter as rate, b.window_start, b.used
     from asked a
     join tollgate.plan_versions v on v.id = a.plan_version_id
     join tollgate.meters m on m.key = a.meter
     left join lateral (
       select b.window_start, b.used - b.drawn as used from tollgate.buckets b
       where b.organization_id = a.organization_id and b.meter = a.meter
         and b.window_name = a.window_name and b.window_start >= a.first_start
         and b.window_start < case a.window_name
           when 'month' then tollgate.window_end('month', a.first_start, null)
           when 'period' then a.first_start + interval '1 hour'
           else $1::timestamptz + interval '1 millisecond' end
       offset 0) b on true
     where $3::text[] is null or a.max is null or b.used > a.max
       or (v.document -> 'overageRates' -> a.meter) ? 'minimum'
       or a.organization_id = any ($3::text[])
       or a.window_name = 'month' and a.first_start < date_trunc('day', a.starts_at, 'UTC')
     order by a.organization_id, a.meter, a.window_name, b.window_start`,
    [at, organizationIds ?? null, wholeOf ?? null],
  )

/** A change of an organization's plan from the audit log, with the plan that it is on now. */
export interface PlanChangeRow {
  readonly organization_id: string
  readonly starts_at: Date
  readonly plan: string
  readonly plan_version: number
  readonly at: Date
  readonly old_plan: string | null
  readonly old_version: number | null
}

/** Changes after an instant, of the given organizations or of all. */
export const planChanges = (
  db: Queryable,
  since: Date,
  organizationIds?: readonly string[],
): Promise<PlanChangeRow[]> =>
  db.query(
    `select o.id as organization_id, o.starts_at, v.catalog || '/' || v.plan as plan,
            v.version as plan_version, e.occurred_at as at, e.old ->> 'plan' as old_plan,
            (e.old ->> 'planVersion')::integer as old_version
     from tollgate.organizations o
     join tollgate.plan_versions v on v.id = o.plan_version_id
     cross join lateral (
       select a.occurred_at, a.sequence, a.entry::json -> 'old' as old
       from tollgate.audit_events a
       where a.organization_id = o.id
         and a.action in ('organization.updated', 'organization.moved') and a.occurred_at > $1
       offset 0) e
     where ($2::text[] is null or o.id = any ($2::text[]))
       and (e.old ->> 'plan' is not null or e.old ->> 'planVersion' is not null)
     order by o.id, e.sequence`,
    [since, organizationIds ?? null],
  )

/** A limit of a plan version, with the plan's price of overage. */
export interface PlanLimitRow {
  readonly plan: string
  readonly version: number
  readonly meter: string
  readonly aggregation: Aggregation
  readonly scale: number
  readonly window_name: LimitWindow
  readonly per: string
  readonly max: bigint | null
  readonly behavior: LimitBehavior
  readonly cap: bigint | null
  readonly rate: OverageRate | null
}

/** The limits of the given plan versions, each named by `catalog/plan` and number. */
export const limitsOfPlans = (
  db: Queryable,
  names: readonly { readonly plan: string; readonly version: number }[],
): Promise<PlanLimitRow[]> =>
  db.query(
    `select v.catalog || '/' || v.plan as plan, v.version, l.meter, m.aggregation, m.scale,
            l.window_name, l.per, l.max, l.behavior, l.cap,
            v.document -> 'overageRates' -> l.meter as rate
     from unnest($1::text[], $2::integer[]) n (plan, version)
     join tollgate.plan_versions v
       on v.catalog || '/' || v.plan = n.plan and v.version = n.version
     join tollgate.plan_limits l on l.plan_version_id = v.id
     join tollgate.meters m on m.key = l.meter
     order by 1, 2, l.meter, l.window_name, l.per`,
    [names.map(({ plan }) => plan), names.map(({ version }) => version)],
  )

/** The monthly prices of plan versions; null: by agreement. */
export const pricesOfPlans = async (
  db: Queryable,
  names: readonly { readonly plan: string; readonly version: number }[],
): Promise<ReadonlyMap<string, string | null>> => {
  const rows = await db.query<{ name: string; price: string | null }>(
    `select v.catalog || '/' || v.plan || '@' || v.version as name,
            v.document ->> 'monthlyPriceUsd' as price
     from unnest($1::text[], $2::integer[]) n (plan, version)
     join tollgate.plan_versions v
       on v.catalog || '/' || v.plan = n.plan and v.version = n.version`,
    [names.map(({ plan }) => plan), names.map(({ version }) => version)],
  )
  return new Map(rows.map(({ name, price }) => [name, price]))
}

/** One window of a meter of an organization. */
export interface AskedWindow {
  readonly organizationId: string
  readonly meter: string
  readonly window: LimitWindow
  readonly startMs: number
}

/**
 * The use in windows that the plan pays for or charges, without what grants paid for. The result is
 * in the order of `asked`.
 */
export const levelsOfWindows = async (
  db: Queryable,
  asked: readonly AskedWindow[],
): Promise<readonly bigint[]> => {
  const rows = await db.query<{ used: bigint }>(
    `select coalesce(b.used - b.drawn, 0) as used
     from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
       with ordinality a (organization_id, meter, window_name, window_start, place)
     left join tollgate.buckets b using (organization_id, meter, window_name, window_start)
     order by a.place`,
    [
      asked.map(({ organizationId }) => organizationId),
      asked.map(({ meter }) => meter),
      asked.map(({ window }) => window),
      asked.map(({ startMs }) => new Date(startMs)),
    ],
  )
  return rows.map(({ used }) => used)
}

/** A range of time of a meter of an organization. */
export interface AskedStretch {
  readonly organizationId: string
  readonly meter: string
  readonly startMs: number
  readonly endMs: number
}

/**
 * The use of additive meters in ranges of time, in the order of `asked`. Whole hours come from the
 * buckets. Parts of hours at either end come from the events.
 */
export const usedInStretches = async (
  db: Queryable,
  asked: readonly AskedStretch[],
): Promise<readonly bigint[]> => {
  const rows = await db.query<{ used: bigint }>(
    `select (coalesce((
        select sum(b.used) from tollgate.buckets b
        where b.organization_id = a.organization_id and b.meter = a.meter
          and b.window_name = 'hour' and b.window_start >= h.first and b.window_start < h.last), 0)
      + ${partOfHour('h.last', 'a.until')} - ${partOfHour('h.first', 'a.since')})::bigint as used
     from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
       with ordinality a (organization_id, meter, since, until, place)
     cross join lateral (
       select date_bin('1 hour', a.since, '2000-01-01Z') as first,
              date_bin('1 hour', a.until, '2000-01-01Z') as last) h
     order by a.place`,
    [
      asked.map(({ organizationId }) => organizationId),
      asked.map(({ meter }) => meter),
      asked.map(({ startMs }) => new Date(startMs)),
      asked.map(({ endMs }) => new Date(endMs)),
    ],
  )
  return rows.map(({ used }) => used)
}

/** The sum of the events from the start of an hour until an instant in it. */
const partOfHour = (from: string, to: string): string => `coalesce((
  select sum((e.quantities ->> a.meter)::bigint) from tollgate.events e
  where e.organization_id = a.organization_id and e.occurred_at >= ${from}
    and e.occurred_at < ${to}), 0)`
