import { TollgateError } from '../../contract/errors.ts'
import { isUuid } from '../../contract/text.ts'
import type { Queryable } from '../../storage/database.ts'
import { type EndpointRow, findEndpoint, lockEndpoint } from '../../storage/tables/endpoints.ts'
import { lockOwner, type Owner, ownerId } from '../webhooks/owned-endpoint.ts'

/** Names one channel of an owner. */
export interface OwnedChannel extends Owner {
  readonly channelId: string
}

export const CHANNELS = ['slack', 'email'] as const

export const channelRow = async (tx: Queryable, named: OwnedChannel): Promise<EndpointRow> => {
  const { channelId } = named
  const row = isUuid(channelId)
    ? await findEndpoint(tx, ownerId(named), channelId, CHANNELS)
    : undefined
  if (!row) throw noChannel()
  return row
}

/** The channel, locked until the transaction ends. Its organization is locked first. */
export const lockedChannel = async (
  tx: Queryable,
  named: OwnedChannel,
  which: { readonly alsoClosed?: boolean } = {},
): Promise<EndpointRow> => {
  await lockOwner(tx, named, which)
  const { channelId } = named
  const row = isUuid(channelId)
    ? await lockEndpoint(tx, ownerId(named), channelId, CHANNELS)
    : undefined
  if (!row) throw noChannel()
  return row
}

const noChannel = () => new TollgateError('not_found', { detail: 'there is no such channel' })
