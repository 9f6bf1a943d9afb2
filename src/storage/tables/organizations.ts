import type { DecisionReason } from '../../contract/decision.ts'
import type { Aggregation, LimitWindow } from '../../core/catalog-words.ts'
import type { Queryable } from '../database.ts'
import { ROW_VERSION } from '../revision.ts'

export interface OrganizationRow {
  readonly id: string
  readonly name: string
  readonly status: 'active' | 'closed'
  readonly starts_at: Date
  readonly warn_percent: number
  readonly created_at: Date
  readonly catalog: string
  readonly plan: string
  readonly plan_version: number
  readonly plan_document: Record<string, unknown>
  readonly closed_at: Date | null
  readonly trial_ends_at: Date | null
  readonly paused_at: Date | null
  readonly ends_at: Date | null
  /**
   * When the next scheduled change is due. It is in the past if the change has not been applied
   * yet.
   */
  readonly change_due_at: Date | null
  /** Changes with each update of the row (`revision.ts`). */
  readonly row_version: string
}

const COLUMNS = `o.id, o.name, o.status, o.starts_at, o.warn_percent, o.created_at, o.closed_at,
  o.trial_ends_at, o.paused_at, o.ends_at, o.change_due_at,
  p.catalog, p.plan, p.version as plan_version, p.document as plan_document,
  ${ROW_VERSION} as row_version`

export const findOrganization = async (
  db: Queryable,
  id: string,
): Promise<OrganizationRow | undefined> => {
  const rows = await db.query<OrganizationRow>(
    `select ${COLUMNS} from tollgate.organizations o
     join tollgate.plan_versions p on p.id = o.plan_version_id where o.id = $1`,
    [id],
  )
  return rows[0]
}

/**
 * Locks organizations in the order of their ids, until the transaction ends. It must come before
 * any other lock on their rows.
 */
export const lockOrganizations = async (tx: Queryable, ids: readonly string[]): Promise<void> => {
  await tx.query('select tollgate.lock_organizations($1::text[])', [ids])
}

/** Returns those that another transaction has locked now. It waits for no lock. */
export const busyOrganizations = async (
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  const [row] = await db.query<{ busy: string[] }>(
    'select tollgate.busy_organizations($1::text[]) as busy',
    [ids],
  )
  return new Set(row?.busy)
}

/**
 * Locks an organization until the transaction ends. It must come before any other lock on its rows.
 */
export const lockOrganization = async (
  tx: Queryable,
  id: string,
): Promise<OrganizationRow | undefined> => {
  await lockOrganizations(tx, [id])
  return findOrganization(tx, id)
}

/** A page of organizations after a given one, in the order of ids. */
export const listOrganizations = (
  db: Queryable,
  page: {
    after: string | undefined
    limit: number
    catalog: string | undefined
    plan: string | undefined
    status: OrganizationRow['status'] | undefined
  },
): Promise<OrganizationRow[]> =>
  db.query(
    `select ${COLUMNS} from tollgate.organizations o
     join tollgate.plan_versions p on p.id = o.plan_version_id
     where o.id > $1 and ($2::text is null or p.catalog = $2) and ($3::text is null or p.plan = $3)
       and ($4::text is null or o.status = $4)
     order by o.id limit $5`,
    [page.after ?? '', page.catalog ?? null, page.plan ?? null, page.status ?? null, page.limit],
  )

/** Changes the given fields. */
export const updateOrganization = async (
  tx: Queryable,
  id: string,
  change: {
    name?: string | undefined
    warnPercent?: number | undefined
    plan?: { readonly versionId: bigint; readonly isAnother: boolean } | undefined
  },
): Promise<void> => {
  await tx.query(
    `update tollgate.organizations
     set name = coalesce($2, name), warn_percent = coalesce($3, warn_percent),
         plan_version_id = coalesce($4, plan_version_id), plan_changes = plan_changes + $5
     where id = $1`,
    [
      id,
      change.name ?? null,
      change.warnPercent ?? null,
      change.plan?.versionId ?? null,
      change.plan?.isAnother ? 1 : 0,
    ],
  )
}

export const closeOrganization = async (tx: Queryable, id: string, at: Date): Promise<void> => {
  await tx.query(
    `update tollgate.organizations set status = 'closed', closed_at = $2
     where id = $1 and status = 'active'`,
    [id, at],
  )
}

/** Returns false if the id is taken. */
export const insertOrganization = async (
  tx: Queryable,
  row: {
    id: string
    name: string
    planVersionId: bigint
    startsAt: Date
    trialEndsAt?: Date | null
    at: Date
  },
): Promise<boolean> => {
  const rows = await tx.query(
    `insert into tollgate.organizations
       (id, name, plan_version_id, starts_at, trial_ends_at, created_at)
     values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing returning id`,
    [row.id, row.name, row.planVersionId, row.startsAt, row.trialEndsAt ?? null, row.at],
  )
  return rows.length === 1
}

/**
 * The state of one limit of an organization at a moment; `used` and `held` are in smallest units.
 */
export interface StandingRow {
  readonly meter: string
  readonly window_name: LimitWindow
  /** Null for a limit without windows. */
  readonly window_start: Date | null
  readonly behavior: 'hard' | 'soft' | 'overage'
  readonly overridden: boolean
  readonly max: bigint | null
  readonly burst: bigint | null
  readonly cap: bigint | null
  readonly used: bigint
  readonly held: bigint
}

export interface StandingOfOrganization extends StandingRow {
  readonly organization_id: string
  readonly aggregation: Aggregation
}

/** The state of an organization's limits at a moment, without those per user or key. */
export const standings = (db: Queryable, id: string, at: Date): Promise<StandingRow[]> =>
  db.query(
    `select meter, window_name, behavior, burst, overridden, cap, window_start, max, used, held
     from tollgate.organization_standings(array[$1::text], $2::timestamptz)
     order by meter, window_name`,
    [id, at],
  )

/**
 * The same for many organizations and these windows, but only the limits that can be the nearest:
 * those that are used up, those with about the largest share used, and the first if none is used.
 * The caller decides which one is the nearest. To pass a row on costs more than to find it.
 */
export const nearestStandings = (
  db: Queryable,
  asked: {
    readonly ids: readonly string[]
    readonly at: Date
    readonly windows: readonly LimitWindow[]
  },
): Promise<StandingOfOrganization[]> =>
  db.query(
    `select organization_id, meter, aggregation, window_name, behavior, burst, overridden, cap,
            window_start, max, used, held
     from (
       select s.*, max(share) over (partition by organization_id) as most,
              row_number() over (partition by organization_id
                order by s.max is null, s.meter, s.window_name) as place
       from (select s.*, (s.used + s.held) / nullif(s.max, 0)::float8 as share
             from tollgate.organization_standings($1::text[], $2::timestamptz) s
             where s.window_name = any ($3::text[])) s) s
     where max <= 0 or share >= 1 or share > 0 and share >= most * 0.999
        or place = 1 and coalesce(most, 0) <= 0
     order by organization_id, meter, window_name`,
    [asked.ids, asked.at, asked.windows],
  )

/** Whether an amount fits one limit on a meter at a moment, and the reason if it does not. */
export interface QuotaRow {
  /** Null: the meter has no limit, or the organization may use nothing. */
  readonly window_name: LimitWindow | null
  readonly allowed: boolean
  readonly reason: DecisionReason | null
}

/** `amount` is in whole units of the meter, as a decimal text. */
export const quotaOf = (
  db: Queryable,
  { id, meter, amount, at }: { id: string; meter: string; amount: string; at: Date },
): Promise<QuotaRow[]> =>
  db.query(
    `select window_name, allowed, reason
     from tollgate.check_quota($1, $2, $3::text::numeric, $4)`,
    [id, meter, amount, at],
  )

export const monthMeters = (
  db: Queryable,
  id: string,
  monthStart: Date,
): Promise<{ meter: string; used: bigint }[]> =>
  db.query(
    `select meter, used from tollgate.buckets
     where organization_id = $1 and window_name = 'month' and window_start = $2 order by meter`,
    [id, monthStart],
  )
