import { createHmac, timingSafeEqual } from 'node:crypto'
import { TollgateError } from '../../contract/errors.ts'
import { isUuid } from '../../contract/text.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  endMails,
  findChannelOfAnyone,
  lockChannelOfAnyone,
  resumeMails,
} from '../../storage/tables/channels.ts'
import { skipWaiting } from '../../storage/tables/deliveries.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import { lockOrganizations } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { ownerOf } from '../events/event-value.ts'
import { told } from '../events/told.ts'
import { auditChannel } from './audit-channel.ts'
import { isUnsubscribed, READER_ENDED_IT } from './reader-consent.ts'

const PURPOSE = 'links that end mails'
const UNSUBSCRIBE_PATH = '/unsubscribe'

/** The actor in audit entries. The signed link is the only proof of who it is. */
const READER = 'reader'

type Keys = Pick<Context, 'signingKeys'>

/**
 * The unsubscribe link of a channel. It is valid as long as its signing key, and only for the
 * channel's current address. So a former recipient cannot unsubscribe the next one.
 */
export const unsubscribeUrl = async (
  { signingKeys, channels }: Keys & Pick<Context, 'channels'>,
  channel: Signed,
): Promise<string | null> => {
  const [key] = channels.publicUrl === undefined ? [] : await signingKeys.of(PURPOSE)
  if (!key) return null
  const signature = signatureOf(channel, key.key).toString('base64url')
  return `${channels.publicUrl}${UNSUBSCRIBE_PATH}/${channel.id}.${key.id}.${signature}`
}

/** A link of the same form that ends nothing: whoever may see a preview is not the reader. */
export const sampleUnsubscribeUrl = ({
  channels: { publicUrl },
}: Pick<Context, 'channels'>): string | null =>
  publicUrl === undefined ? null : `${publicUrl}${UNSUBSCRIBE_PATH}/preview`

type Signed = Pick<EndpointRow, 'id' | 'target'>

const signatureOf = ({ id, target }: Signed, key: Uint8Array): Buffer =>
  createHmac('sha256', key).update(`${id} ${target}`).digest()

/**
 * Finds the channel of a link.
 *
 * @throws TollgateError if the signature does not match the channel's current address, or the key
 * is no longer in force.
 */
const channelOf = async ({ signingKeys, db }: Keys & Pick<Context, 'db'>, token: string) => {
  const [channelId = '', keyId = '', signature = '', ...more] = token.split('.')
  const key = (await signingKeys.of(PURPOSE, keyId)).find(({ id }) => id === keyId)?.key
  const row = key && isUuid(channelId) ? await findChannelOfAnyone(db, channelId) : undefined
  if (!key || !row || more.length > 0) throw noLink()
  const given = Buffer.from(signature, 'base64url')
  const right = signatureOf(row, key)
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw noLink()
  return row
}

const noLink = () =>
  new TollgateError('not_found', { detail: 'this link is not good, or no longer' })

/** The address of a link, and whether it still receives mail. Changes nothing. */
export const readUnsubscribe = async (
  ctx: Context,
  token: string,
): Promise<{ readonly address: string; readonly isOn: boolean }> => {
  const row = await channelOf(ctx, token)
  return { address: row.target, isOn: !isUnsubscribed(row) }
}

/**
 * Stops the mails to a channel, in whatever state it is: turning on a paused or disabled one would
 * mail this person again. Repeating it changes nothing.
 */
export const unsubscribe = (ctx: Context, token: string): Promise<void> =>
  byReader(ctx, token, async (tx, row) => {
    if (isUnsubscribed(row)) return
    const { id, target } = row
    await endMails(tx, id, target, { reason: READER_ENDED_IT, at: ctx.clock.now() })
    await skipWaiting(tx, id, 'the channel was disabled')
    const data = { channelId: id, channelKind: 'email', target, reason: READER_ENDED_IT } as const
    await auditChannel(tx, ctx, row, {
      action: 'channel.unsubscribed',
      actor: READER,
      old: { state: row.state },
      now: { state: 'disabled', target, reason: READER_ENDED_IT },
      told: row.state === 'disabled' ? [] : [told('channel.disabled', data)],
    })
  })

/** Takes that back, which only the reader can do. Repeating it changes nothing. */
export const resubscribe = (ctx: Context, token: string): Promise<void> =>
  byReader(ctx, token, async (tx, row) => {
    if (!isUnsubscribed(row)) return
    await resumeMails(tx, row.id, { reason: READER_ENDED_IT, at: ctx.clock.now() })
    const isOn = row.state === 'on' || row.reason === READER_ENDED_IT
    await auditChannel(tx, ctx, row, {
      action: 'channel.resubscribed',
      actor: READER,
      old: { state: 'disabled', reason: READER_ENDED_IT },
      now: { state: isOn ? 'on' : row.state, target: row.target },
    })
  })

/** Changes the channel of a link under its locks. It may have another address or be gone by now. */
const byReader = async (
  ctx: Context,
  token: string,
  change: (tx: Queryable, row: EndpointRow) => Promise<void>,
): Promise<void> => {
  const found = await channelOf(ctx, token)
  await ctx.db.transaction(async (tx) => {
    const organizationId = ownerOf(found.organization_id)
    if (organizationId !== null) await lockOrganizations(tx, [organizationId])
    const row = await lockChannelOfAnyone(tx, found.id)
    if (row?.target === found.target) await change(tx, row)
  })
}
