import type { Severity } from '../../core/severity.ts'
import type { Queryable } from '../database.ts'

export type EndpointChannel = 'webhook' | 'slack' | 'email'

export interface EndpointRow {
  readonly id: string
  /** The owner; '' for the platform. */
  readonly organization_id: string
  readonly channel: EndpointChannel
  readonly target: string
  readonly description: string | null
  readonly kinds: readonly string[]
  readonly state: 'on' | 'paused' | 'disabled'
  readonly reason: string | null
  /** Encrypted, like `former_secret`. */
  readonly secret: string | null
  readonly former_secret: string | null
  readonly former_until: Date | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly failing_since: Date | null
  readonly last_ok_at: Date | null
  /** This and the following fields belong to channels, which notify people. */
  readonly minimum_severity: Severity | null
  readonly zone: string | null
  readonly quiet_from: string | null
  readonly quiet_until: string | null
  readonly digest_at: string | null
  readonly refusals: number
  /** The last address whose reader ended the mails; null: none has. */
  readonly unsubscribed_target: string | null
}

/**
 * The columns of an endpoint. `of` is a prefix such as `e.`, for statements that join other tables.
 */
export const endpointColumns = (of = ''): string => COLUMN_NAMES.map((name) => of + name).join(', ')

const COLUMN_NAMES = [
  ...['id', 'organization_id', 'channel', 'target', 'description', 'kinds', 'state', 'reason'],
  ...['secret', 'former_secret', 'former_until', 'created_at', 'updated_at', 'failing_since'],
  ...['last_ok_at', 'minimum_severity', 'zone', 'quiet_from', 'quiet_until', 'digest_at'],
  ...['refusals', 'unsubscribed_target'],
]
const COLUMNS = endpointColumns()

export const insertEndpoint = async (
  tx: Queryable,
  row: Pick<
    EndpointRow,
    'id' | 'organization_id' | 'channel' | 'target' | 'description' | 'kinds' | 'secret'
  >,
  at: Date,
): Promise<EndpointRow> => {
  const rows = await tx.query<EndpointRow>(
    `insert into tollgate.endpoints (id, organization_id, channel, target, description, kinds,
       secret, state, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'on', $8, $8) returning ${COLUMNS}`,
    [
      ...[row.id, row.organization_id, row.channel, row.target, row.description],
      ...[row.kinds, row.secret, at],
    ],
  )
  return rows[0] as EndpointRow
}

export const countEndpoints = async (tx: Queryable, organizationId: string): Promise<number> => {
  const rows = await tx.query<{ count: bigint }>(
    'select count(*) as count from tollgate.endpoints where organization_id = $1',
    [organizationId],
  )
  return Number(rows[0]?.count ?? 0)
}

/** Finds an endpoint of that owner only. */
export const findEndpoint = async (
  db: Queryable,
  organizationId: string,
  id: string,
  channels: readonly EndpointChannel[],
): Promise<EndpointRow | undefined> => {
  const rows = await db.query<EndpointRow>(
    `select ${COLUMNS} from tollgate.endpoints
     where organization_id = $1 and id = $2 and channel = any ($3)`,
    [organizationId, id, channels],
  )
  return rows[0]
}

/** The same, locked until the transaction ends. */
export const lockEndpoint = async (
  tx: Queryable,
  organizationId: string,
  id: string,
  channels: readonly EndpointChannel[],
): Promise<EndpointRow | undefined> => {
  const rows = await tx.query<EndpointRow>(
    `select ${COLUMNS} from tollgate.endpoints
     where organization_id = $1 and id = $2 and channel = any ($3) for no key update`,
    [organizationId, id, channels],
  )
  return rows[0]
}

/** A page of endpoints after a given one, in order of creation. */
export const listEndpoints = (
  db: Queryable,
  organizationId: string,
  channels: readonly EndpointChannel[],
  page: { readonly after: { at: Date; id: string } | undefined; readonly limit: number },
): Promise<EndpointRow[]> =>
  db.query(
    `select ${COLUMNS} from tollgate.endpoints
     where organization_id = $1 and channel = any ($2)
       and ($3::timestamptz is null or (created_at, id) > ($3, $4::uuid))
     order by created_at, id limit $5`,
    [organizationId, channels, page.after?.at ?? null, page.after?.id ?? null, page.limit],
  )

/** Stores the fields that may change. Turning an endpoint on clears its failures. */
export const updateEndpoint = async (
  tx: Queryable,
  row: Pick<
    EndpointRow,
    'id' | 'target' | 'description' | 'kinds' | 'state' | 'reason' | 'failing_since'
  >,
  at: Date,
): Promise<void> => {
  await tx.query(
    `update tollgate.endpoints
     set target = $2, description = $3, kinds = $4, state = $5, reason = $6, failing_since = $7,
         updated_at = $8
     where id = $1`,
    [
      ...[row.id, row.target, row.description, row.kinds, row.state, row.reason],
      ...[row.failing_since, at],
    ],
  )
}

export const putSecrets = async (
  tx: Queryable,
  row: Pick<EndpointRow, 'id' | 'secret' | 'former_secret' | 'former_until'>,
): Promise<void> => {
  await tx.query(
    `update tollgate.endpoints set secret = $2, former_secret = $3, former_until = $4
     where id = $1`,
    [row.id, row.secret, row.former_secret, row.former_until],
  )
}

/** A page of encrypted secrets in the order of ids, locked. */
export const sealedEndpoints = (
  tx: Queryable,
  after: string | undefined,
  limit: number,
): Promise<Pick<EndpointRow, 'id' | 'secret' | 'former_secret' | 'former_until'>[]> =>
  tx.query(
    `select id, secret, former_secret, former_until from tollgate.endpoints
     where secret is not null and ($1::uuid is null or id > $1)
     order by id limit $2 for no key update`,
    [after ?? null, limit],
  )

export const deleteEndpoint = async (tx: Queryable, id: string): Promise<void> => {
  await tx.query('delete from tollgate.endpoints where id = $1', [id])
}

/** Turns off all endpoints of an organization. Their waiting deliveries are not sent. */
export const disableEndpointsOf = async (
  tx: Queryable,
  organizationId: string,
  reason: string,
  at: Date,
): Promise<void> => {
  await tx.query(
    `with own as (
       select id from tollgate.endpoints where organization_id = $1 order by id
       for no key update),
     stopped as (
       update tollgate.endpoints e
       set state = 'disabled', reason = $2, due_at = null, updated_at = $3
       from own where e.id = own.id)
     update tollgate.deliveries d set state = 'skipped', reason = $2, next_attempt_at = null
     from own where d.endpoint_id = own.id and d.state = 'waiting'`,
    [organizationId, reason, at],
  )
}
