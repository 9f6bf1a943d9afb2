import type { AlertKind } from '../../core/alert-kinds.ts'
import type { Queryable } from '../database.ts'
import type { StoredAlertTerms } from './alert-rules.ts'

/** Claims the alert evaluation of this minute, and of this hour, for this process. */
export const claimAlerts = async (
  db: Queryable,
  at: Date,
): Promise<{ readonly isClaimed: boolean; readonly isHour: boolean }> => {
  const rows = await db.query<{ is_claimed: boolean; is_hour: boolean }>(
    'select is_claimed, is_hour from tollgate.claim_alerts($1)',
    [at],
  )
  return { isClaimed: rows[0]?.is_claimed === true, isHour: rows[0]?.is_hour === true }
}

/** Renews this process's lease on the hourly evaluation. */
export const keepAlertsHour = async (db: Queryable, at: Date): Promise<void> => {
  await db.query('select tollgate.keep_alerts_hour($1)', [at])
}

/**
 * Ends the hourly evaluation that began at an instant. Undefined: it failed, and is repeated with
 * the next minute.
 */
export const endAlertsHour = async (db: Queryable, began: Date | undefined): Promise<void> => {
  await db.query('select tollgate.end_alerts_hour($1)', [began ?? null])
}

/**
 * Marks organizations in which an override has expired since an instant, or since the last call.
 * Their alerts are then evaluated again.
 */
export const markAlertsBehind = async (db: Queryable, since: Date, at: Date): Promise<void> => {
  await db.query('select tollgate.mark_alerts_behind($1, $2)', [since, at])
}

/** Evaluates some of the organizations that are marked. Returns how many they were. */
export const sweepAlerts = async (db: Queryable, at: Date, most: number): Promise<number> => {
  const rows = await db.query<{ swept: number }>('select tollgate.sweep_alerts($1, $2) as swept', [
    at,
    most,
  ])
  return rows[0]?.swept ?? 0
}

export const recoverJobs = async (db: Queryable, at: Date): Promise<void> => {
  await db.query('select tollgate.recover_jobs($1)', [at])
}

/** Ends the firings of rules that no longer apply to their organization. */
export const endStrayFirings = async (db: Queryable, at: Date): Promise<void> => {
  await db.query('select tollgate.end_stray_firings($1)', [at])
}

/** Evaluates the credit alerts of a page of organizations. Returns the id of the last one. */
export const sweepAlertCredits = async (
  db: Queryable,
  after: string,
  most: number,
  at: Date,
): Promise<string | undefined> => {
  const rows = await db.query<{ last: string | null }>(
    'select tollgate.sweep_alert_credits($1, $2, $3) as last',
    [after, most, at],
  )
  return rows[0]?.last ?? undefined
}

/** An alert rule that is in force for an organization. */
export interface RuleInForce {
  readonly organization_id: string
  readonly starts_at: Date
  readonly id: string
  readonly kind: AlertKind
  readonly meter: string | null
  readonly window_name: string | null
  readonly levels: readonly string[]
  readonly terms: StoredAlertTerms
}

/**
 * True if anybody has a rule of these kinds. Most installs have none, and then nothing is
 * evaluated.
 */
export const hasRules = async (db: Queryable, kinds: readonly AlertKind[]): Promise<boolean> => {
  const rows = await db.query(
    'select 1 as one from tollgate.alert_rules where kind = any ($1) and enabled limit 1',
    [kinds],
  )
  return rows.length > 0
}

/** A page of the open organizations, in the order of their ids. */
export const openOrganizations = async (
  db: Queryable,
  after: string,
  limit: number,
): Promise<readonly string[]> => {
  const rows = await db.query<{ id: string }>(
    `select id from tollgate.organizations where status = 'active' and id > $1
     order by id limit $2`,
    [after, limit],
  )
  return rows.map(({ id }) => id)
}

/** The rules of these kinds that are in force for some organizations. */
export const rulesInForce = (
  db: Queryable,
  organizationIds: readonly string[],
  kinds: readonly AlertKind[],
): Promise<RuleInForce[]> =>
  db.query(
    `select a.organization_id, a.starts_at, (a.rule).id, (a.rule).kind, (a.rule).meter,
            (a.rule).window_name, (a.rule).levels::text[] as levels, (a.rule).terms
     from tollgate.alert_rules_of($1, $2) a order by 1, 3`,
    [organizationIds, kinds],
  )

/** The rules for the platform itself. */
export const platformRules = (
  db: Queryable,
  kind: AlertKind,
): Promise<Pick<RuleInForce, 'id' | 'levels'>[]> =>
  db.query(
    `select id, levels::text[] as levels from tollgate.alert_rules
     where organization_id = '' and kind = $1 and enabled order by id`,
    [kind],
  )

export interface MinuteRow {
  readonly organization_id: string
  readonly minute: Date
  readonly calls: bigint
  readonly errors: bigint
  readonly timed: bigint
  /** Null: no call was timed. */
  readonly took_ms: number | null
}

/**
 * The calls of some organizations by minute, with a percentile of their durations. The range is
 * half-open.
 */
export const callsByMinute = (
  db: Queryable,
  organizationIds: readonly string[],
  asked: {
    readonly from: Date
    readonly to: Date
    readonly endpoint: string | undefined
    readonly percentile: number
  },
): Promise<MinuteRow[]> =>
  db.query(
    `select o.id as organization_id, m.*
     from unnest($1::text[]) o (id)
     cross join lateral (
       select date_bin('1 minute', e.occurred_at, '2000-01-01Z') as minute, count(*) as calls,
              count(*) filter (where e.status >= 400) as errors, count(e.duration_ms) as timed,
              percentile_disc($5::float8 / 100) within group (order by e.duration_ms) as took_ms
       from tollgate.events e
       where e.organization_id = o.id and e.occurred_at >= $2 and e.occurred_at < $3
         and e.reverses is null and ($4::text is null or e.endpoint = $4)
       group by 1) m
     order by 1, 2`,
    [organizationIds, asked.from, asked.to, asked.endpoint ?? null, asked.percentile],
  )

/** The states in which one of these rules is firing, by `stateName`. */
export const firingNow = async (
  db: Queryable,
  ruleIds: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await db.query<{ name: string }>(
    `select organization_id || ' ' || rule_id || ' ' || subject as name
     from tollgate.alert_states where rule_id = any ($1::uuid[]) and firing`,
    [ruleIds],
  )
  return new Set(rows.map(({ name }) => name))
}

/** The key of a state in the result of `firingNow`. */
export const stateName = (organizationId: string, ruleId: string, subject: string, level: string) =>
  `${organizationId} ${ruleId} ${subject}>${level}`

/** The result of evaluating one level of a rule. */
export interface Finding {
  readonly organizationId: string
  readonly ruleId: string
  readonly level: string
  /** The subject, such as an endpoint or a limit; '' if there is none. */
  readonly subject: string
  readonly isBad: boolean
  readonly isGood: boolean
  /** `bad` bad findings in a row fire the alert, and `good` good ones end it. */
  readonly bad: number
  readonly good: number
  /** The shortest time between two firings. */
  readonly gapMs: number
  readonly how: 'recovered' | 'withdrawn'
  /** The alert fires at most once for each key; null: once for each episode. */
  readonly key: string | null
  /** The other data for the title, besides the value, the maximum and the unit. */
  readonly about: Readonly<Record<string, string | number | null>>
  readonly value: string | null
  readonly maximum: string | null
  readonly unit: string | null
  readonly window: { readonly start: Date; readonly end: Date } | null
  /** True: findings of one hour count once, however often they are stored. */
  readonly isHourly: boolean
}

/** Stores a finding, and fires or ends the alert if it follows. */
export const judgeAlert = async (db: Queryable, one: Finding, at: Date): Promise<void> => {
  await db.query(
    `select tollgate.judge_alert($1, $2, $3, $4, $5, $6, $7, $8,
       $9::bigint * interval '1 millisecond', $10, $11, $12::jsonb, $13, $14, $15, $16, $17, $18, $19)`,
    [
      ...[one.organizationId, one.ruleId, one.level, one.subject, one.isBad, one.isGood],
      ...[one.bad, one.good, one.gapMs, one.how, one.key, JSON.stringify(one.about)],
      ...[one.value, one.maximum, one.unit, one.window?.start ?? null, one.window?.end ?? null],
      ...[one.isHourly, at],
    ],
  )
}

export interface LongLimitRow {
  readonly organization_id: string
  readonly meter: string
  readonly window_name: string
  readonly window_start: Date
  readonly window_end: Date
  readonly max: bigint
  readonly used: bigint
  readonly unit: string
}

/** Monthly and period limits that have a maximum and some use, of some organizations. */
export const longLimits = (
  db: Queryable,
  organizationIds: readonly string[],
  at: Date,
): Promise<LongLimitRow[]> =>
  db.query(
    `select l.organization_id, l.meter, l.window_name, w.window_start,
            tollgate.window_end(l.window_name, w.window_start, o.starts_at) as window_end,
            l.max + coalesce(l.granted, 0) + coalesce(b.drawn, 0) as max, b.used, m.unit
     from tollgate.limits_in_force($1, $2) l
     join tollgate.meters m on m.key = l.meter
     join tollgate.organizations o on o.id = l.organization_id
     cross join lateral (
       select tollgate.window_start(l.window_name, $2, o.starts_at) as window_start) w
     join tollgate.buckets b on (b.organization_id, b.meter, b.window_name, b.window_start)
       = (l.organization_id, l.meter, l.window_name, w.window_start)
     where l.per = 'organization' and l.window_name in ('month', 'period') and l.max > 0
       and l.aggregation in ('sum', 'count') and b.used > 0
     order by 1, 2, 3`,
    [organizationIds, at],
  )

/** The use by day of some pairs of organization and meter, with the meter's unit. */
export const usedByDay = (
  db: Queryable,
  pairs: readonly { readonly organizationId: string; readonly meter: string }[],
  from: Date,
): Promise<
  {
    readonly organization_id: string
    readonly meter: string
    readonly window_start: Date
    readonly used: bigint
    readonly unit: string
  }[]
> =>
  db.query(
    `select b.organization_id, b.meter, b.window_start, b.used, m.unit
     from (select distinct * from unnest($1::text[], $2::text[]) p (organization_id, meter)) p
     join tollgate.buckets b on b.organization_id = p.organization_id and b.meter = p.meter
       and b.window_name = 'day' and b.window_start >= $3
     join tollgate.meters m on m.key = b.meter
     order by 1, 2, 3`,
    [pairs.map((pair) => pair.organizationId), pairs.map(({ meter }) => meter), from],
  )

/** How many calls in the range had no price, for those organizations that had any. */
export const unpricedCalls = (
  db: Queryable,
  organizationIds: readonly string[],
  from: Date,
  to: Date,
): Promise<{ readonly organization_id: string; readonly calls: bigint }[]> =>
  db.query(
    `select organization_id, sum(unpriced)::bigint as calls from tollgate.rollups
     where organization_id = any ($1) and dimension = 'total' and grain = 'hour' and key = ''
       and window_start >= $2 and window_start < $3
     group by 1 having sum(unpriced) > 0`,
    [organizationIds, from, to],
  )
