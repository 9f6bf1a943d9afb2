import type {
  Aggregation,
  DecisionMode,
  FailurePolicy,
  LimitBehavior,
  LimitSubject,
  LimitWindow,
} from '../../core/catalog-words.ts'
import type { Queryable } from '../database.ts'

/** A limit of an organization that is in force. Amounts are in the meter's smallest unit. */
export interface LimitRow {
  readonly meter: string
  readonly aggregation: Aggregation
  readonly window_name: LimitWindow
  readonly per: LimitSubject
  readonly max: bigint | null
  readonly behavior: LimitBehavior
  readonly burst: bigint | null
  readonly cap: bigint | null
  /** A call that would pass it is refused; null: the limit refuses nothing. */
  readonly ceiling: bigint | null
  readonly on_failure: FailurePolicy | null
  /**
   * Only the database knows the grants beside an allowance. So a limit with grants is decided
   * strictly.
   */
  readonly decide: DecisionMode | null
  readonly durable: boolean
  /** True if the limit refuses a call that names no user or key. */
  readonly refuses_anonymous: boolean
  /** True if Redis decides the limit where there is a Redis. */
  readonly may_be_elsewhere: boolean
  readonly overridden: boolean
  /** The organization's plan version, read in the same query. */
  readonly plan_version_id: bigint
  /** When the first of the overrides in force expires by itself. */
  readonly next_expiry: Date | null
}

export const limitsInForce = (
  db: Queryable,
  organizationId: string,
  at: Date,
): Promise<LimitRow[]> =>
  db.query(
    `select l.meter, l.aggregation, l.window_name, l.per, l.max, l.behavior, l.burst, l.cap,
            tollgate.ceiling_of(l.window_name, l.behavior, l.max, l.burst, l.cap) as ceiling,
            l.on_failure, case when l.granted > 0 or l.granted = 0 and tollgate.debt_of($1) > 0
                               then 'strict' else l.decide end as decide,
            l.durable, l.refuses_anonymous, l.overridden,
            tollgate.may_be_elsewhere(l.window_name, l.meter, l.aggregation, l.cap, l.durable)
              as may_be_elsewhere,
            (select o.plan_version_id from tollgate.organizations o where o.id = $1)
              as plan_version_id,
            (select min(o.expires_at) from tollgate.limit_overrides o
             where o.organization_id = $1 and o.ended_at is null and o.expires_at > $2)
              as next_expiry
     from tollgate.limits_in_force(array[$1::text], $2::timestamptz) l
     order by l.meter, l.window_name, l.per`,
    [organizationId, at.toISOString()],
  )

/**
 * Names, for each limit in force, the time span in which Redis could decide it without a gap. The
 * keys are `meter/window/per`.
 *
 * A gap is an override or plan version under which Redis could not decide it, or a time on another
 * plan. The name changes at the latest when the gap is over.
 *
 * It reads all overrides of the organization and all versions of its plan. So call it when limits
 * are loaded, not for each call.
 */
export const regimesInForce = async (
  db: Queryable,
  organizationId: string,
  at: Date,
): Promise<ReadonlyMap<string, string>> => {
  const rows = await db.query<{ name: string; regime: string }>(
    `select l.meter || '/' || l.window_name || '/' || l.per as name,
            concat_ws('.', p.catalog, p.plan, o.plan_changes, gap.version, gap.overrides) as regime
     from tollgate.limits_in_force(array[$1::text], $2::timestamptz) l
     join tollgate.organizations o on o.id = $1
     join tollgate.plan_versions p on p.id = o.plan_version_id
     cross join lateral (
       select (select coalesce(max(v.version), 0) from tollgate.plan_versions v
               where v.catalog = p.catalog and v.plan = p.plan and v.version <= p.version
                 and not exists (
                   select 1 from tollgate.plan_limits x
                   where x.plan_version_id = v.id and x.meter = l.meter
                     and x.window_name = l.window_name and x.per = l.per
                     and tollgate.ceiling_of(x.window_name, x.behavior, x.max, x.burst, x.cap)
                         is not null
                     and tollgate.may_be_elsewhere(
                       x.window_name, x.meter, l.aggregation, x.cap, x.durable))) as version,
              (select count(*) from tollgate.limit_overrides x
               where x.organization_id = $1 and x.meter = l.meter
                 and x.window_name = l.window_name and x.per = l.per
                 and (x.expires_at <= least($2, x.ended_at)
                      or tollgate.ceiling_of(x.window_name, x.behavior, x.max, x.burst, x.cap)
                         is null
                      or not tollgate.may_be_elsewhere(
                        x.window_name, x.meter, l.aggregation, x.cap, x.durable))) as overrides
     ) gap`,
    [organizationId, at.toISOString()],
  )
  return new Map(rows.map(({ name, regime }) => [name, regime]))
}
