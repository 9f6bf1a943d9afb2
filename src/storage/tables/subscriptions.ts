import type { Queryable } from '../database.ts'

/** A change of a subscription that is scheduled for an instant. */
export interface ScheduledChangeRow {
  readonly organization_id: string
  readonly kind: 'trial_end' | 'plan' | 'end'
  readonly due_at: Date
  readonly plan_version_id: bigint | null
  /** `catalog/plan`; null where the plan stays. */
  readonly plan: string | null
  readonly plan_version: number | null
}

/** The scheduled changes of some organizations, in order of their instants. */
export const scheduledChanges = (
  db: Queryable,
  organizationIds: readonly string[],
): Promise<ScheduledChangeRow[]> =>
  db.query(
    `select c.organization_id, c.kind, c.due_at, c.plan_version_id,
            v.catalog || '/' || v.plan as plan, v.version as plan_version
     from tollgate.scheduled_changes c
     left join tollgate.plan_versions v on v.id = c.plan_version_id
     where c.organization_id = any ($1::text[])
     order by c.organization_id, c.due_at,
              array_position(array['trial_end', 'plan', 'end'], c.kind)`,
    [organizationIds],
  )

/**
 * Schedules a change, and replaces one of the same kind. The caller must have locked the
 * organization.
 */
export const scheduleChange = async (
  tx: Queryable,
  change: {
    readonly organizationId: string
    readonly kind: ScheduledChangeRow['kind']
    readonly dueAt: Date
    readonly planVersionId?: bigint | null
    readonly actor: string
    /** The plan of the trial that the change upgrades, as catalog/plan. */
    readonly trialPlan?: string | undefined
  },
): Promise<void> => {
  const { organizationId, kind, dueAt, planVersionId, actor, trialPlan } = change
  await tx.query(
    `insert into tollgate.scheduled_changes
       (organization_id, kind, due_at, plan_version_id, actor, trial_plan)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (organization_id, kind) do update
     set due_at = excluded.due_at, plan_version_id = excluded.plan_version_id,
         actor = excluded.actor, trial_plan = excluded.trial_plan`,
    [organizationId, kind, dueAt, planVersionId ?? null, actor, trialPlan ?? null],
  )
  await setChangeDue(tx, organizationId)
}

/** Cancels the scheduled changes of these kinds. Returns the kinds that there were. */
export const unscheduleChanges = async (
  tx: Queryable,
  organizationId: string,
  kinds: readonly ScheduledChangeRow['kind'][],
): Promise<readonly ScheduledChangeRow['kind'][]> => {
  const rows = await tx.query<Pick<ScheduledChangeRow, 'kind'>>(
    `delete from tollgate.scheduled_changes
     where organization_id = $1 and kind = any ($2::text[]) returning kind`,
    [organizationId, kinds],
  )
  await setChangeDue(tx, organizationId)
  return rows.map(({ kind }) => kind)
}

/** The trial's plan stays when the trial ends and becomes paid. */
export const keepPlanAfterTrial = async (tx: Queryable, organizationId: string): Promise<void> => {
  await tx.query(
    `update tollgate.scheduled_changes set plan_version_id = null
     where organization_id = $1 and kind = 'trial_end'`,
    [organizationId],
  )
}

const setChangeDue = (tx: Queryable, organizationId: string): Promise<unknown> =>
  tx.query(
    `update tollgate.organizations
     set change_due_at = (select min(due_at) from tollgate.scheduled_changes
                          where organization_id = $1)
     where id = $1`,
    [organizationId],
  )

/** Sets the instants that are given: the end of the trial, the start of the pause, the end. */
export const setSubscription = async (
  tx: Queryable,
  organizationId: string,
  set: {
    readonly trialEndsAt?: Date | null
    readonly pausedAt?: Date | null
    readonly endsAt?: Date | null
  },
): Promise<void> => {
  const columns = Object.entries({
    trial_ends_at: set.trialEndsAt,
    paused_at: set.pausedAt,
    ends_at: set.endsAt,
  }).filter(([, value]) => value !== undefined)
  await tx.query(
    `update tollgate.organizations
     set ${columns.map(([column], index) => `${column} = $${index + 2}`).join(', ')}
     where id = $1`,
    [organizationId, ...columns.map(([, value]) => value)],
  )
}

/** Stores a past range of time that is not charged. */
export const addUnpaid = async (
  tx: Queryable,
  organizationId: string,
  { startedAt, endedAt }: { readonly startedAt: Date; readonly endedAt: Date },
): Promise<void> => {
  await tx.query(
    `insert into tollgate.unpaid_stretches as u (organization_id, started_at, ended_at)
     values ($1, $2, $3)
     on conflict (organization_id, started_at) do update
     set ended_at = greatest(u.ended_at, excluded.ended_at)`,
    [organizationId, startedAt, endedAt],
  )
}

/**
 * Applies the due changes of the given organizations, or of all, in one transaction. Returns the
 * number of changes.
 */
export const applyDueChanges = async (
  db: Queryable,
  at: Date,
  organizationIds: readonly string[] | null,
  most: number,
): Promise<number> => {
  const [row] = await db.query<{ made: number }>(
    `select tollgate.lock_and_apply_due_changes($1::text[], $2::integer, $3::timestamptz) as made`,
    [organizationIds, most, at.toISOString()],
  )
  return row?.made ?? 0
}

/** An organization with a trial, a pause, an end or unpaid time. */
export interface TermRow {
  readonly id: string
  readonly starts_at: Date
  readonly plan: string
  readonly plan_version: number
  readonly trial_ends_at: Date | null
  readonly paused_at: Date | null
  /** When it ended or was closed, whichever came first. */
  readonly ends_at: Date | null
  readonly unpaid: readonly { readonly started_at: string; readonly ended_at: string }[]
}

/** The terms that may affect time after an instant, of some organizations or of all. */
export const specialTerms = (
  db: Queryable,
  since: Date,
  organizationIds?: readonly string[],
): Promise<TermRow[]> =>
  db.query(
    `select o.id, o.starts_at, v.catalog || '/' || v.plan as plan, v.version as plan_version,
            o.trial_ends_at, o.paused_at, least(o.ends_at, o.closed_at) as ends_at,
            coalesce(u.unpaid, '[]') as unpaid
     from tollgate.organizations o
     join tollgate.plan_versions v on v.id = o.plan_version_id
     left join (
       select organization_id,
              jsonb_agg(jsonb_build_object('started_at', tollgate.audit_text(started_at),
                                           'ended_at', tollgate.audit_text(ended_at))) as unpaid
       from tollgate.unpaid_stretches
       where ended_at > $1 and ($2::text[] is null or organization_id = any ($2::text[]))
       group by 1) u on u.organization_id = o.id
     where ($2::text[] is null or o.id = any ($2::text[]))
       and (o.trial_ends_at > $1 or o.paused_at is not null or o.ends_at is not null
            or o.closed_at is not null or u.unpaid is not null)`,
    [since, organizationIds ?? null],
  )

/** An organization on an older version of a plan; lists are in the order of ids. */
export interface BehindRow {
  readonly id: string
  readonly name: string
  readonly plan_version: number
}

export const organizationsBehind = (
  db: Queryable,
  plan: { readonly catalog: string; readonly plan: string; readonly version: number },
  page: { readonly after: string | undefined; readonly limit: number },
): Promise<BehindRow[]> =>
  db.query(
    `select o.id, o.name, v.version as plan_version
     from tollgate.organizations o
     join tollgate.plan_versions v on v.id = o.plan_version_id
     where v.catalog = $1 and v.plan = $2 and v.version < $3 and o.status = 'active'
       and o.id > $4
     order by o.id limit $5`,
    [plan.catalog, plan.plan, plan.version, page.after ?? '', page.limit],
  )
