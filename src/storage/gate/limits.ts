import type {
  Aggregation,
  DecisionMode,
  FailurePolicy,
  LimitBehavior,
  LimitSubject,
  LimitWindow,
} from '../../core/catalog-words.ts'
import type { Queryable } from '../database.ts'

/** A limit of an organization that is in force; amounts in the meter's smallest unit. */
export interface LimitRow {
  readonly meter: string
  readonly aggregation: Aggregation
  readonly window_name: LimitWindow
  readonly per: LimitSubject
  readonly max: bigint | null
  readonly behavior: LimitBehavior
  readonly burst: bigint | null
  readonly cap: bigint | null
  /** Past it a call is refused; null: none is. */
  readonly ceiling: bigint | null
  readonly on_failure: FailurePolicy | null
  /** Grants beside an allowance are told by the database alone, so that one is decided strictly. */
  readonly decide: DecisionMode | null
  readonly durable: boolean
  /** Whether a call that names no user or key is refused by it. */
  readonly refuses_anonymous: boolean
  /** Whether Redis decides it where there is one. */
  readonly may_be_elsewhere: boolean
  readonly overridden: boolean
  /** Of the organization, in the same look. */
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
     from tollgate.limits_in_force(array[$1::text], $2::timestamptz) l`,
    [organizationId, at.toISOString()],
  )

/**
 * Names, for each limit in force, the time since when it has been Redis's to decide without a gap,
 * by `meter/window/per`. A gap is an override, or a version of the plan, under which it was not, or
 * a time on another plan; the name changes with it at the latest when it is over. Looks at all that
 * the organization's overrides and its plan's versions have been, so it is for when limits are
 * read, not for calls.
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
