import type { Queryable } from '../database.ts'

/** An act to be done outside of the database. */
export interface OutboxEntry {
  readonly organizationId: string
  readonly kind: string
  readonly key: string
  readonly payload: unknown
}

/** Writes acts down in the transaction of what causes them. One that is there already stays. */
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
  readonly attempts: number
  readonly refusals: number
  /** Null: nobody has said who the organization is at Stripe. */
  readonly customer_id: string | null
}

/**
 * Takes what is due of some organizations on lease, so that no other process tries it meanwhile.
 * The attempt counts from here: whether a process that dies has done it, nobody knows.
 */
export const claimOutbox = (
  db: Queryable,
  claim: {
    readonly kind: string
    /** So many, in the order of their ids, from after this one. */
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
       order by x.id for update skip locked),
     claimed as (
       update tollgate.outbox o
       set lease = $3, leased_until = $5, attempts = o.attempts + 1
       from free where o.id = free.id
       returning o.id, o.organization_id, o.key, o.payload, o.created_at, o.attempts, o.refusals)
     select c.*, s.customer_id from claimed c
     left join tollgate.stripe_customers s using (organization_id)
     order by c.organization_id, c.id`,
    [claim.kind, claim.organizations, claim.lease, claim.at, claim.until, claim.after],
  )

/** It is done, and this is what it is called out there. True whoever had it on lease last. */
export const finishOutbox = async (
  db: Queryable,
  done: { readonly id: bigint; readonly externalId: string; readonly at: Date },
): Promise<void> => {
  await db.query(
    `update tollgate.outbox
     set done_at = $2, external_id = $3, lease = null, leased_until = null, last_error = null
     where id = $1 and done_at is null`,
    [done.id, done.at, done.externalId],
  )
}

/** It was not done as far as is known; unless another process has it by now, it is tried again. */
export const postponeOutbox = async (
  db: Queryable,
  failed: {
    readonly id: bigint
    readonly lease: string
    readonly nextAttemptAt: Date
    readonly isRefused: boolean
    readonly reason: string
  },
): Promise<void> => {
  await db.query(
    `update tollgate.outbox
     set next_attempt_at = $3, last_error = $4, refusals = refusals + $5,
         lease = null, leased_until = null
     where id = $1 and lease = $2 and done_at is null`,
    [failed.id, failed.lease, failed.nextAttemptAt, failed.reason, failed.isRefused ? 1 : 0],
  )
}

/** Of an organization, what failed is tried again by the next run, however long it was to wait. */
export const hastenOutbox = async (
  tx: Queryable,
  organizationId: string,
  at: Date,
): Promise<void> => {
  await tx.query(
    `update tollgate.outbox set next_attempt_at = $2
     where organization_id = $1 and done_at is null and next_attempt_at > $2`,
    [organizationId, at],
  )
}

/** How much is still to be done. */
export const outboxLeft = async (db: Queryable): Promise<number> => {
  const rows = await db.query<{ left: bigint }>(
    'select count(*) as left from tollgate.outbox where done_at is null',
  )
  return Number(rows[0]?.left ?? 0)
}
