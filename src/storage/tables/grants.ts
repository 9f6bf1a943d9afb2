import type { Queryable } from '../database.ts'

export interface GrantRow {
  readonly id: string
  readonly organization_id: string
  readonly source: 'given' | 'recurring' | 'rollover' | 'top_up'
  readonly series_id: string | null
  readonly key: string
  readonly micro_credits: bigint
  readonly left_units: bigint
  /**
   * The part that may not be used while the payment is in dispute. It is not part of what is left.
   */
  readonly frozen_units: bigint
  /** The part that was taken back because its money was returned. */
  readonly reversed_units: bigint
  /** The Stripe invoice that paid for it. */
  readonly stripe_invoice_id: string | null
  readonly priority: number
  readonly starts_at: Date
  readonly expires_at: Date | null
  readonly reason: string
  readonly actor: string
  readonly created_at: Date
  readonly ended_at: Date | null
}

export interface GrantSeriesRow {
  readonly id: string
  readonly organization_id: string
  readonly key: string
  readonly micro_credits: bigint
  readonly priority: number
  readonly starts_at: Date
  readonly months: number
  readonly rollover_max: bigint
  readonly ends_at: Date | null
  readonly reason: string
  readonly actor: string
  readonly ended_at: Date | null
  /** When the next grant comes; null: none follows. */
  readonly next_at: Date | null
}

const GRANT = `id, organization_id, source, series_id, key, micro_credits, left_units,
  frozen_units, reversed_units, stripe_invoice_id, priority, starts_at, expires_at, reason, actor, created_at, ended_at`

const SERIES = `s.id, s.organization_id, s.key, s.micro_credits, s.priority, s.starts_at, s.months,
  s.rollover_max, s.ends_at, s.reason, s.actor, s.ended_at,
  case when s.ended_at is null
            and (s.ends_at is null or tollgate.cycle_start(s, s.made) < s.ends_at)
       then tollgate.cycle_start(s, s.made) end as next_at`

/**
 * Gives credits. Returns false, and changes nothing, if credits were given under this key before.
 * The caller must have locked the organization.
 */
export const giveCredits = async (
  tx: Queryable,
  grant: Omit<
    GrantRow,
    'left_units' | 'ended_at' | 'frozen_units' | 'reversed_units' | 'stripe_invoice_id'
  >,
): Promise<boolean> => {
  await catchUp(tx, grant.organization_id, grant.created_at)
  const rows = await tx.query<{ given: boolean }>(
    `select tollgate.give_credits($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as given`,
    [
      grant.organization_id,
      grant.id,
      grant.source,
      grant.series_id,
      grant.key,
      grant.micro_credits,
      grant.priority,
      grant.starts_at,
      grant.expires_at,
      grant.reason,
      grant.actor,
      grant.created_at,
    ],
  )
  return rows[0]?.given ?? false
}

/** Inserts a series of recurring grants. It makes the first grant at once if that is due. */
export const insertSeries = async (
  tx: Queryable,
  series: Omit<GrantSeriesRow, 'ended_at' | 'next_at'>,
  at: Date,
): Promise<void> => {
  await tx.query(
    `insert into tollgate.grant_series (id, organization_id, micro_credits, priority, starts_at,
       months, rollover_max, ends_at, reason, actor, created_at, key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      series.id,
      series.organization_id,
      series.micro_credits,
      series.priority,
      series.starts_at,
      series.months,
      series.rollover_max,
      series.ends_at,
      series.reason,
      series.actor,
      at,
      series.key,
    ],
  )
  await tx.query(
    `update tollgate.organizations set credits_due_at = least(credits_due_at, $2) where id = $1`,
    [series.organization_id, series.starts_at],
  )
  await tx.query('select tollgate.make_due($1, $2, $2)', [series.organization_id, at])
}

/**
 * Applies all that is due in an organization, each at its own instant: expired holds, scheduled
 * changes, grants. The caller must have locked the organization.
 */
export const catchUp = async (tx: Queryable, organizationId: string, at: Date): Promise<void> => {
  await tx.query('select tollgate.catch_up(array[$1::text], $2)', [organizationId, at])
}

/**
 * The same for an organization that is only read. It waits for the lock only if something is due.
 */
export const lockAndCatchUp = async (
  db: Queryable,
  organizationId: string,
  at: Date,
): Promise<void> => {
  await db.query('select tollgate.lock_and_catch_up($1, $2)', [organizationId, at])
}

/**
 * Call this after a change of plan or limits. The use so far in the window stays paid as it was
 * before.
 */
export const changeAllowance = async (
  tx: Queryable,
  organizationId: string,
  at: Date,
): Promise<void> => {
  await tx.query('select tollgate.change_allowance($1, $2)', [organizationId, at])
}

/** Applies due grants and expiries in some of all organizations. Returns how many there were. */
export const settleDueCredits = async (db: Queryable, at: Date, most: number): Promise<number> => {
  const rows = await db.query<{ settled: number }>(
    'select tollgate.settle_due_credits($1, $2) as settled',
    [at, most],
  )
  return rows[0]?.settled ?? 0
}

export const endGrant = async (tx: Queryable, organizationId: string, id: string, at: Date) => {
  await tx.query('select tollgate.end_grant($1, $2, $3)', [organizationId, id, at])
}

/** Stores which Stripe invoice has paid for a grant. */
export const markPaidBy = async (tx: Queryable, id: string, stripeInvoiceId: string) => {
  await tx.query('update tollgate.grants set stripe_invoice_id = $2 where id = $1', [
    ...[id, stripeInvoiceId],
  ])
}

/**
 * Reduces a grant to what its money is worth now. Use beyond that becomes debt. Returns how much
 * was taken; a negative number was given back. The caller must have locked the organization.
 */
export const reverseGrant = async (
  tx: Queryable,
  { organization_id: organizationId, id }: Pick<GrantRow, 'organization_id' | 'id'>,
  worth: { readonly kept: bigint; readonly frozen: bigint; readonly at: Date },
): Promise<bigint> => {
  const rows = await tx.query<{ taken: bigint }>(
    'select tollgate.reverse_grant($1, $2, $3, $4, $5) as taken',
    [organizationId, id, worth.kept, worth.frozen, worth.at],
  )
  return rows[0]?.taken ?? 0n
}

export const endSeries = async (tx: Queryable, organizationId: string, id: string, at: Date) => {
  await tx.query(
    `update tollgate.grant_series set ended_at = $3
     where organization_id = $1 and id = $2 and ended_at is null`,
    [organizationId, id, at],
  )
}

export const findGrant = async (
  db: Queryable,
  organizationId: string,
  wanted: { readonly id: string } | { readonly key: string },
): Promise<GrantRow | undefined> => {
  const rows = await db.query<GrantRow>(
    `select ${GRANT} from tollgate.grants
     where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::text is null or key = $3)`,
    [organizationId, 'id' in wanted ? wanted.id : null, 'key' in wanted ? wanted.key : null],
  )
  return rows[0]
}

export const findSeries = async (
  db: Queryable,
  organizationId: string,
  wanted: { readonly id: string } | { readonly key: string },
): Promise<GrantSeriesRow | undefined> => {
  const rows = await db.query<GrantSeriesRow>(
    `select ${SERIES} from tollgate.grant_series s
     where s.organization_id = $1 and ($2::uuid is null or s.id = $2)
       and ($3::text is null or s.key = $3)`,
    [organizationId, 'id' in wanted ? wanted.id : null, 'key' in wanted ? wanted.key : null],
  )
  return rows[0]
}

/** A page of grants before a given one, the newest first. */
export const grantPage = (
  db: Queryable,
  organizationId: string,
  page: { before: { at: Date; id: string } | undefined; limit: number },
): Promise<GrantRow[]> =>
  db.query(
    `select ${GRANT} from tollgate.grants
     where organization_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
     order by created_at desc, id desc limit $4`,
    [organizationId, page.before?.at ?? null, page.before?.id ?? null, page.limit],
  )

/** Grants that have something left and can be used now, in the order of use. */
export const usableGrants = (
  db: Queryable,
  organizationId: string,
  at: Date,
  limit: number,
): Promise<GrantRow[]> =>
  db.query(
    `select ${GRANT} from tollgate.grants
     where organization_id = $1 and left_units > 0 and starts_at <= $2
       and (expires_at is null or expires_at > $2)
     order by priority, expires_at nulls last, starts_at, id limit $3`,
    [organizationId, at, limit],
  )

/** Series from which more grants follow, the next one first. */
export const runningSeries = (
  db: Queryable,
  organizationId: string,
  limit: number,
): Promise<GrantSeriesRow[]> =>
  db.query(
    `select ${SERIES} from tollgate.grant_series s
     where s.organization_id = $1 and s.ended_at is null
       and (s.ends_at is null or tollgate.cycle_start(s, s.made) < s.ends_at)
     order by next_at, s.id limit $2`,
    [organizationId, limit],
  )

/** The state of an organization's credits in micro-credits: its allowance, grants and debt. */
export interface CreditStandingRow {
  /**
   * What the gate would admit; null: no limit. A negative amount must be given before anything is
   * admitted.
   */
  readonly available: bigint | null
  readonly granted: bigint
  /** The debt of all windows together. */
  readonly debt: bigint
  readonly window_name: 'period' | 'month' | null
  readonly window_start: Date | null
  readonly window_end: Date | null
  readonly behavior: 'hard' | 'soft' | 'overage' | null
  readonly max: bigint | null
  /**
   * The use in the current window that the allowance has paid, and the use beyond it that is
   * charged.
   */
  readonly from_plan: bigint
  readonly overage: bigint
}

export const creditStanding = async (
  db: Queryable,
  organizationId: string,
  at: Date,
): Promise<CreditStandingRow | undefined> => {
  const rows = await db.query<CreditStandingRow>(
    `select tollgate.credits_left(o.id, $2) as granted, tollgate.debt_of(o.id) as debt,
            l.window_name, w.window_start,
            tollgate.window_end(l.window_name, w.window_start, o.starts_at) as window_end,
            l.behavior, l.max,
            case when o.allowance_window is null then greatest(0, v.level - l.max)
                 else coalesce(c.overage, 0) end as overage,
            case when o.allowance_window = l.window_name then coalesce(c.from_plan, 0)
                 else least(v.level, l.max) end as from_plan,
            case when o.allowance_window is null then greatest(0, l.max - v.level)
                 else l.max + (x.widening).for_max - v.level end as available
     from tollgate.organizations o
     left join tollgate.limits_in_force(array[$1::text], $2) l on l.granted is not null
     left join lateral (
       select tollgate.window_start(l.window_name, $2, o.starts_at) as window_start) w on true
     left join tollgate.buckets b on b.organization_id = o.id and b.meter = 'credits'
       and b.window_name = l.window_name and b.window_start = w.window_start
     left join tollgate.credit_windows c
       on (c.organization_id, c.window_name, c.window_start)
        = (o.id, l.window_name, w.window_start)
     left join lateral (
       select coalesce(b.used + b.held + b.leased, 0) as level) v on true
     left join lateral (
       select tollgate.widening_of(o.id, l.window_name, w.window_start, l.max, l.behavior,
                l.granted, v.level, coalesce(b.drawn, 0), $2) as widening offset 0) x
       on o.allowance_window is not null
     where o.id = $1
     order by l.window_name is not distinct from o.allowance_window desc, l.window_name
     limit 1`,
    [organizationId, at],
  )
  return rows[0]
}
