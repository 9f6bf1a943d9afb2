import type { Queryable } from '../database.ts'

/** A request to be made outside of the database. */
export interface OutboxEntry {
  readonly organizationId: string
  readonly kind: string
  readonly key: string
  readonly payload: unknown
}

/** Stores requests in the transaction of their cause. It changes no entry that exists already. */
export const insertOutbox = async (
  tx: Queryable,
  entries: readonly OutboxEntry[],
  at: Date,
): Promise<void> => {
  if (entries.length === 0) return
  await tx.query(
    `insert into tollgate.outbox
       (organization_id, kind, key, payload, created_at, next_attempt_at)
     select e.organization_id, e.kind, e.key, e.payload, $5, $5
     from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[])
       e (organization_id, kind, key, payload)
     on conflict (key) do nothing`,
    [
      entries.map(({ organizationId }) => organizationId),
      entries.map(({ kind }) => kind),
      entries.map(({ key }) => key),
      entries.map(({ payload }) => JSON.stringify(payload)),
      at,
    ],
  )
}

export interface OutboxRow {
  readonly id: bigint
  readonly organization_id: string
  readonly key: string
  readonly payload: unknown
  readonly created_at: Date
  /** The number of attempts, including this one. At 1, nothing was sent before. */
  readonly attempts: number
  readonly refusals: number
  readonly first_attempt_at: Date
  /** Null: the organization has no customer at Stripe. */
  readonly customer_id: string | null
  readonly customer_deleted_at: Date | null
  /** The customer's only continuing subscription; null if there is none, or several. */
  readonly subscription_id: string | null
}

/**
 * The most entries that one claim takes, over all organizations of a page. The next run takes the
 * rest.
 */
const MOST_CLAIMED = 25_000

/**
 * Leases the due entries of some organizations, so that no other process sends them meanwhile. The
 * attempt is counted here, before anything is sent: if the process dies, nobody knows whether the
 * request was made.
 */
export const claimOutbox = (
  db: Queryable,
  claim: {
    readonly kind: string
    /** A page of this many organizations in the order of their ids, after a given one. */
    readonly organizations: number
    readonly after: string
    readonly lease: string
    readonly at: Date
    readonly until: Date
  },
): Promise<OutboxRow[]> =>
  db.query(
    `with due as (
       select distinct organization_id from tollgate.outbox
       where done_at is null and kind = $1 and next_attempt_at <= $4 and organization_id > $6
         and (leased_until is null or leased_until <= $4)
       order by organization_id limit $2),
     free as (
       select x.id from tollgate.outbox x
       where x.organization_id in (select organization_id from due) and x.kind = $1
         and x.done_at is null and x.next_attempt_at <= $4
         and (x.leased_until is null or x.leased_until <= $4)
       order by x.id limit ${MOST_CLAIMED} for update skip locked),
     claimed as (
       update tollgate.outbox o
       set lease = $3, leased_until = $5, attempts = o.attempts + 1,
           first_attempt_at = coalesce(o.first_attempt_at, $4)
       from free where o.id = free.id
       returning o.id, o.organization_id, o.key, o.payload, o.created_at, o.attempts, o.refusals,
         o.first_attempt_at)
     select c.*, s.customer_id, s.deleted_at as customer_deleted_at, u.subscription_id
     from claimed c
     left join tollgate.stripe_customers s using (organization_id)
     left join lateral (
       select case when count(*) = 1 then min(id) end as subscription_id
       from tollgate.stripe_subscriptions t
       where t.customer_id = s.customer_id and t.status in ('trialing', 'active', 'past_due')
         and t.cancel_at is null) u on $1 = 'charge'
     order by c.organization_id, c.id`,
    [claim.kind, claim.organizations, claim.lease, claim.at, claim.until, claim.after],
  )

/**
 * Marks entries as done, with their ids at Stripe. That holds whichever process has the lease by
 * now.
 */
export const finishOutbox = async (
  db: Queryable,
  done: readonly { readonly id: bigint; readonly externalId: string }[],
  at: Date,
): Promise<void> => {
  if (done.length === 0) return
  await db.query(
    `with mine as (
       select o.id, d.external_id
       from unnest($1::bigint[], $2::text[]) d (id, external_id)
       join tollgate.outbox o on o.id = d.id and o.done_at is null
       order by o.id for update of o)
     update tollgate.outbox o
     set done_at = $3, external_id = m.external_id, lease = null, leased_until = null,
         last_error = null
     from mine m where o.id = m.id`,
    [done.map(({ id }) => id), done.map(({ externalId }) => externalId), at],
  )
}

export interface PostponedAct {
  readonly id: bigint
  readonly nextAttemptAt: Date
  readonly isRefused: boolean
  readonly reason: string
}

/**
 * Stores attempts that have not succeeded, as far as is known. It schedules a retry unless another
 * process has the lease by now.
 */
export const postponeOutbox = async (
  db: Queryable,
  lease: string,
  failed: readonly PostponedAct[],
): Promise<void> => {
  if (failed.length === 0) return
  await db.query(
    `with mine as (
       select o.id, f.next_attempt_at, f.is_refused, f.reason
       from unnest($2::bigint[], $3::timestamptz[], $4::boolean[], $5::text[])
         f (id, next_attempt_at, is_refused, reason)
       join tollgate.outbox o on o.id = f.id and o.lease = $1 and o.done_at is null
       order by o.id for update of o)
     update tollgate.outbox o
     set next_attempt_at = m.next_attempt_at, last_error = m.reason,
         refusals = o.refusals + m.is_refused::integer, lease = null, leased_until = null
     from mine m where o.id = m.id`,
    [
      lease,
      failed.map(({ id }) => id),
      failed.map(({ nextAttemptAt }) => nextAttemptAt),
      failed.map(({ isRefused }) => isRefused),
      failed.map(({ reason }) => reason),
    ],
  )
}

/** Makes an organization's failed entries due for the next run, whatever their backoff. */
export const hastenOutbox = async (
  tx: Queryable,
  organizationId: string,
  at: Date,
): Promise<void> => {
  await tx.query(
    `with waiting as (
       select id from tollgate.outbox
       where organization_id = $1 and done_at is null and next_attempt_at > $2
       order by id for update)
     update tollgate.outbox o set next_attempt_at = $2 from waiting w where o.id = w.id`,
    [organizationId, at],
  )
}

/** The number of entries that are not done. */
export const outboxLeft = async (db: Queryable): Promise<number> => {
  const rows = await db.query<{ left: bigint }>(
    'select count(*) as left from tollgate.outbox where done_at is null',
  )
  return Number(rows[0]?.left ?? 0)
}
