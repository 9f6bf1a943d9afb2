import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import {
  type Channel,
  type ChannelRemoved,
  type channelCreateSchema,
  type channelUpdateSchema,
  DEFAULT_CHANNEL_KINDS,
} from '../../contract/channels.ts'
import {
  DEFAULT_PAGE_SIZE,
  type Page,
  pageFrom,
  type pageRequestSchema,
} from '../../contract/page.ts'
import { heldUntil } from '../../core/channel-times.ts'
import type { Queryable } from '../../storage/database.ts'
import { moveHeld } from '../../storage/tables/channel-messages.ts'
import { insertChannel, updateChannel } from '../../storage/tables/channels.ts'
import { skipWaiting } from '../../storage/tables/deliveries.ts'
import { deleteEndpoint, type EndpointRow, listEndpoints } from '../../storage/tables/endpoints.ts'
import { sealing } from '../authentication/sealing.ts'
import type { Context } from '../context.ts'
import { requireRoom } from '../webhooks/endpoint-room.ts'
import {
  cursorOf,
  lockOwner,
  type Owner,
  ownerId,
  placeOf,
  readAs,
} from '../webhooks/owned-endpoint.ts'
import { auditChannel } from './audit-channel.ts'
import { targetsOf } from './channel-target.ts'
import { channelOf, kindOf, timesOf } from './channel-value.ts'
import { CHANNELS, channelRow, lockedChannel, type OwnedChannel } from './owned-channel.ts'
import { requireConsent } from './reader-consent.ts'

/** Lists channels, oldest first. */
export const listChannels = async (
  ctx: Context,
  { cursor, limit = DEFAULT_PAGE_SIZE, ...owner }: Owner & z.output<typeof pageRequestSchema>,
): Promise<Page<Channel>> => {
  const after = placeOf(cursor)
  const rows = await readAs(ctx, owner, (tx) =>
    listEndpoints(tx, ownerId(owner), CHANNELS, { after, limit: limit + 1 }),
  )
  return pageFrom(rows, limit, channelOf, cursorOf)
}

export const getChannel = async (ctx: Context, named: OwnedChannel): Promise<Channel> =>
  channelOf(await readAs(ctx, named, (tx) => channelRow(tx, named)))

/** Creates a channel. The URL of a Slack hook is a secret: it is sealed, and never shown again. */
export const createChannel = async (
  ctx: Context,
  input: Owner & z.output<typeof channelCreateSchema>,
  options: CallOptions = {},
): Promise<Channel> => {
  const { kind, name = null, kinds = DEFAULT_CHANNEL_KINDS, ...rest } = input
  const { minimumSeverity = 'info', zone = 'UTC', quietHours = null, digestAt = null } = rest
  const owner: Owner = input
  const seal = targetsOf(ctx, kind, input.target)
  const id = ctx.ids()
  const row = await sealing(ctx.signingKeys, ctx.db.transaction, async (tx, key) => {
    await lockOwner(tx, owner)
    await requireRoom(tx, owner, 'target')
    const wanted = {
      id,
      organization_id: ownerId(owner),
      channel: kind,
      description: name,
      kinds,
      ...seal(id, key),
      minimum_severity: minimumSeverity,
      zone,
      digest_at: digestAt,
      ...quietColumns(quietHours),
    }
    const made = await insertChannel(tx, wanted, ctx.clock.now())
    await auditChannel(tx, ctx, made, { action: 'channel.created', options, now: said(made) })
    return made
  })
  return channelOf(row)
}

/** Updates a channel: its target, event kinds, schedule or state. */
export const changeChannel = async (
  ctx: Context,
  input: OwnedChannel & z.output<typeof channelUpdateSchema>,
  options: CallOptions = {},
): Promise<Channel> => {
  const { target, name, minimumSeverity, kinds, zone, quietHours, digestAt, state } = input
  const at = ctx.clock.now()
  const row = await sealing(ctx.signingKeys, ctx.db.transaction, async (tx, key) => {
    const old = await lockedChannel(tx, input)
    requireConsent(old, { target, state })
    const seal = target === undefined ? undefined : targetsOf(ctx, kindOf(old), target)
    const isTurned = state !== undefined && state !== old.state
    // A channel that was turned on or has a new target starts with no failures.
    const isAnew = isTurned || seal !== undefined || (state === 'on' && old.refusals > 0)
    const now: EndpointRow = {
      ...old,
      ...seal?.(old.id, key),
      updated_at: at,
      description: name === undefined ? old.description : name,
      minimum_severity: minimumSeverity ?? old.minimum_severity,
      kinds: kinds ?? old.kinds,
      zone: zone ?? old.zone,
      ...(quietHours !== undefined && quietColumns(quietHours)),
      digest_at: digestAt === undefined ? old.digest_at : digestAt,
      state: state ?? old.state,
      ...(isAnew && { failing_since: null, refusals: 0 }),
      reason: isTurned || (isAnew && old.state === 'on') ? null : old.reason,
    }
    await updateChannel(tx, now, at)
    if (now.state === 'paused') await skipWaiting(tx, now.id, 'the channel was paused')
    else await skipWaiting(tx, now.id, 'the channel is not told of this kind', now.kinds)
    await holdAnew(tx, old, now, at)
    await auditChannel(tx, ctx, now, {
      action: 'channel.updated',
      options,
      old: said(old),
      now: said(now),
    })
    return now
  })
  return channelOf(row)
}

/** Deletes a channel with its deliveries. */
export const removeChannel = async (
  ctx: Context,
  named: OwnedChannel,
  options: CallOptions = {},
): Promise<ChannelRemoved> => {
  await ctx.db.transaction(async (tx) => {
    const row = await lockedChannel(tx, named, { alsoClosed: true })
    await deleteEndpoint(tx, row.id)
    await auditChannel(tx, ctx, row, { action: 'channel.removed', options, old: said(row) })
  })
  return { id: named.channelId, removedAt: ctx.clock.now().toISOString() }
}

/** If the times of a channel change, what it holds waits until the new ones, or no longer. */
const holdAnew = async (
  tx: Queryable,
  old: EndpointRow,
  now: EndpointRow,
  at: Date,
): Promise<void> => {
  const [before, after] = [timesOf(old), timesOf(now)]
  if (isDeepStrictEqual(before, after)) return
  await moveHeld(tx, now.id, {
    heldUntil: heldUntil(before, at, { hasWaited: true }),
    until: heldUntil(after, at) ?? at,
    retryAt: heldUntil(after, at, { hasWaited: true }) ?? at,
  })
}

const quietColumns = (quiet: { readonly from: string; readonly until: string } | null) => ({
  quiet_from: quiet?.from ?? null,
  quiet_until: quiet?.until ?? null,
})

/** The fields of a channel for the audit log, without the secret part of a hook. */
const said = (row: EndpointRow) => {
  const { kind, target, name, minimumSeverity, kinds, zone, quietHours, digestAt, state } =
    channelOf(row)
  return { kind, target, name, minimumSeverity, kinds, zone, quietHours, digestAt, state }
}
