import { createHmac, timingSafeEqual } from 'node:crypto'
import { TollgateError } from '../../contract/errors.ts'
import { isUuid } from '../../contract/text.ts'
import { findChannelOfAnyone, lockChannelOfAnyone } from '../../storage/tables/channels.ts'
import { skipWaiting } from '../../storage/tables/deliveries.ts'
import { disableEndpoint } from '../../storage/tables/dispatch.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import { lockOrganizations } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { ownerOf } from '../events/event-value.ts'
import { told } from '../events/told.ts'
import { auditChannel } from './audit-channel.ts'

const PURPOSE = 'links that end mails'
const REASON = 'whoever reads the mail ended it'
const UNSUBSCRIBE_PATH = '/unsubscribe'

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
  return { address: row.target, isOn: row.state !== 'disabled' }
}

/** Stops the mails to a channel. Repeating it changes nothing. */
export const unsubscribe = async (ctx: Context, token: string): Promise<void> => {
  const found = await channelOf(ctx, token)
  const { id } = found
  await ctx.db.transaction(async (tx) => {
    const organizationId = ownerOf(found.organization_id)
    if (organizationId !== null) await lockOrganizations(tx, [organizationId])
    const row = await lockChannelOfAnyone(tx, id)
    // A paused channel is disabled too. Otherwise turning it on would mail this person again.
    if (!row || row.state === 'disabled' || row.target !== found.target) return
    await disableEndpoint(tx, id, REASON, ctx.clock.now())
    await skipWaiting(tx, id, 'the channel was disabled')
    await auditChannel(tx, ctx, row, {
      action: 'channel.unsubscribed',
      actor: 'reader',
      now: { reason: REASON },
      told: [
        told('channel.disabled', {
          channelId: id,
          channelKind: 'email',
          target: row.target,
          reason: REASON,
        }),
      ],
    })
  })
}
