import { TollgateError } from '../../contract/errors.ts'
import { noCursor } from '../../contract/page.ts'
import { isUuid } from '../../contract/text.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import { PLATFORM } from '../../storage/tables/domain-events.ts'
import { type EndpointRow, findEndpoint, lockEndpoint } from '../../storage/tables/endpoints.ts'
import type { Context } from '../context.ts'
import { existing, lockedOrganization } from '../tenancy/organizations.ts'

/** The owner of endpoints: an organization, or the platform if none is named. */
export interface Owner {
  readonly organizationId?: string
}

/** Names one endpoint of an owner. */
export interface OwnedEndpoint extends Owner {
  readonly endpointId: string
}

/** The channel of webhook endpoints, as against Slack and mail. */
export const WEBHOOKS = ['webhook'] as const

export const ownerId = ({ organizationId }: Owner): string => organizationId ?? PLATFORM

/** The owner's audit chain. `null` is the platform's chain. */
export const chainOwner = ({ organizationId }: Owner): string | null => organizationId ?? null

/** Reads as the owner. For an organization, row-level security hides everybody else's rows. */
export const readAs = async <Result>(
  ctx: Context,
  { organizationId }: Owner,
  read: (tx: Queryable) => Promise<Result>,
): Promise<Result> => {
  if (organizationId === undefined) return read(ctx.db)
  await existing(ctx, organizationId)
  return asOrganization(ctx.db, organizationId, read)
}

/** Locks the owner's organization. This comes before any change. */
export const lockOwner = async (
  tx: Queryable,
  { organizationId }: Owner,
  which: { readonly alsoClosed?: boolean } = {},
): Promise<void> => {
  if (organizationId !== undefined) await lockedOrganization(tx, organizationId, which)
}

export const webhookRow = async (tx: Queryable, named: OwnedEndpoint): Promise<EndpointRow> => {
  const { endpointId } = named
  const row = isUuid(endpointId)
    ? await findEndpoint(tx, ownerId(named), endpointId, WEBHOOKS)
    : undefined
  if (!row) throw noEndpoint()
  return row
}

/** The endpoint, locked until the transaction ends. Its organization is locked first. */
export const lockedWebhook = async (
  tx: Queryable,
  named: OwnedEndpoint,
  which: { readonly alsoClosed?: boolean } = {},
): Promise<EndpointRow> => {
  await lockOwner(tx, named, which)
  const { endpointId } = named
  const row = isUuid(endpointId)
    ? await lockEndpoint(tx, ownerId(named), endpointId, WEBHOOKS)
    : undefined
  if (!row) throw noEndpoint()
  return row
}

const noEndpoint = () => new TollgateError('not_found', { detail: 'there is no such endpoint' })

/** Decodes the place where a page begins. Pages are in order of time, then of id. */
export const placeOf = (cursor: string | undefined): { at: Date; id: string } | undefined => {
  if (cursor === undefined) return undefined
  const [instant = '', id = ''] = cursor.split('_')
  const at = new Date(instant)
  if (Number.isNaN(at.getTime()) || !isUuid(id)) throw noCursor()
  return { at, id }
}

export const cursorOf = ({ created_at, id }: { created_at: Date; id: string }): string =>
  `${created_at.toISOString()}_${id}`
