import type { Queryable } from '../database.ts'
import { type EndpointRow, endpointColumns } from './endpoints.ts'

type Settings =
  | 'target'
  | 'description'
  | 'kinds'
  | 'secret'
  | 'minimum_severity'
  | 'zone'
  | 'quiet_from'
  | 'quiet_until'
  | 'digest_at'

/** Inserts an endpoint that notifies people. */
export const insertChannel = async (
  tx: Queryable,
  row: Pick<EndpointRow, 'id' | 'organization_id' | 'channel' | Settings>,
  at: Date,
): Promise<EndpointRow> => {
  const rows = await tx.query<EndpointRow>(
    `insert into tollgate.endpoints (id, organization_id, channel, target, description, kinds,
       secret, minimum_severity, zone, quiet_from, quiet_until, digest_at, state, created_at,
       updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'on', $13, $13)
     returning ${endpointColumns()}`,
    [
      ...[row.id, row.organization_id, row.channel, row.target, row.description, row.kinds],
      ...[row.secret, row.minimum_severity, row.zone, row.quiet_from, row.quiet_until],
      ...[row.digest_at, at],
    ],
  )
  return rows[0] as EndpointRow
}

/** Stores the fields of a channel that may change. */
export const updateChannel = async (
  tx: Queryable,
  row: Pick<EndpointRow, 'id' | 'state' | 'reason' | 'failing_since' | 'refusals' | Settings>,
  at: Date,
): Promise<void> => {
  await tx.query(
    `update tollgate.endpoints
     set target = $2, description = $3, kinds = $4, secret = $5, minimum_severity = $6, zone = $7,
         quiet_from = $8, quiet_until = $9, digest_at = $10, state = $11, reason = $12,
         failing_since = $13, refusals = $14, updated_at = $15
     where id = $1`,
    [
      ...[row.id, row.target, row.description, row.kinds, row.secret, row.minimum_severity],
      ...[row.zone, row.quiet_from, row.quiet_until, row.digest_at, row.state, row.reason],
      ...[row.failing_since, row.refusals, at],
    ],
  )
}

/** Stores that the reader at this address ended the mails. A channel that was on is disabled. */
export const endMails = async (
  tx: Queryable,
  id: string,
  target: string,
  { reason, at }: { readonly reason: string; readonly at: Date },
): Promise<void> => {
  await tx.query(
    `update tollgate.endpoints
     set unsubscribed_target = $2, due_at = null, updated_at = $4,
         reason = case when state = 'on' then $3 else reason end,
         state = case when state = 'on' then 'disabled' else state end
     where id = $1`,
    [id, target, reason, at],
  )
}

/**
 * Stores that the reader wants the mails again. A channel that was disabled for this reason alone
 * is on.
 */
export const resumeMails = async (
  tx: Queryable,
  id: string,
  { reason, at }: { readonly reason: string; readonly at: Date },
): Promise<void> => {
  await tx.query(
    `update tollgate.endpoints
     set unsubscribed_target = null, updated_at = $3,
         state = case when state = 'disabled' and reason = $2 then 'on' else state end,
         reason = case when state = 'disabled' and reason = $2 then null else reason end
     where id = $1`,
    [id, reason, at],
  )
}

/** Locks a channel of any owner, for links that name only the channel. */
export const lockChannelOfAnyone = async (
  tx: Queryable,
  id: string,
): Promise<EndpointRow | undefined> => {
  const rows = await tx.query<EndpointRow>(
    `select ${endpointColumns()} from tollgate.endpoints
     where id = $1 and channel = 'email' for no key update`,
    [id],
  )
  return rows[0]
}

/** The same without a lock. */
export const findChannelOfAnyone = async (
  db: Queryable,
  id: string,
): Promise<EndpointRow | undefined> => {
  const rows = await db.query<EndpointRow>(
    `select ${endpointColumns()} from tollgate.endpoints where id = $1 and channel = 'email'`,
    [id],
  )
  return rows[0]
}
