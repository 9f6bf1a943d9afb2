import { TollgateError } from '../../contract/errors.ts'
import { noCursor } from '../../contract/page.ts'
import { isUuid } from '../../contract/text.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import { PLATFORM } from '../../storage/tables/domain-events.ts'
import { type EndpointRow, findEndpoint, lockEndpoint } from '../../storage/tables/endpoints.ts'
import type { Context } from '../context.ts'
import { existing, lockedOrganization } from '../tenancy/organizations.ts'

/** Whom an endpoint is of: an organization, or the platform where none is named. */
export interface Owner {
  readonly organizationId?: string
}

/** Names an endpoint of an owner. */
export interface OwnedEndpoint extends Owner {
  readonly endpointId: string
}

/** The one channel of these endpoints. */
export const WEBHOOKS = ['webhook'] as const

export const ownerId = ({ organizationId }: Owner): string => organizationId ?? PLATFORM

/** Whose acts are of nobody's organization are in the platform's chain. */
export const chainOwner = ({ organizationId }: Owner): string | null => organizationId ?? null

/** Reads for an owner, and sees nothing past an organization where it is one. */
export const readAs = async <Result>(
  ctx: Context,
  { organizationId }: Owner,
  read: (tx: Queryable) => Promise<Result>,
): Promise<Result> => {
  if (organizationId === undefined) return read(ctx.db)
  await existing(ctx, organizationId)
  return asOrganization(ctx.db, organizationId, read)
}

/** Before anything is changed of an organization's, its lock. */
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

/** The same, locked until the transaction ends, after its organization. */
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

/** Where a page begins that is in the order of time, and of ids where times are the same. */
export const placeOf = (cursor: string | undefined): { at: Date; id: string } | undefined => {
  if (cursor === undefined) return undefined
  const [instant = '', id = ''] = cursor.split('_')
  const at = new Date(instant)
  if (Number.isNaN(at.getTime()) || !isUuid(id)) throw noCursor()
  return { at, id }
}

export const cursorOf = ({ created_at, id }: { created_at: Date; id: string }): string =>
  `${created_at.toISOString()}_${id}`
