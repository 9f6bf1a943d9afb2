import type { MessageOutcome } from '../../connectors/messages/outcome.ts'
import type { ChannelMessage } from '../../contract/channel-message.ts'
import { heldUntil } from '../../core/channel-times.ts'
import { nextMessage, putOffMessage } from '../../storage/tables/channel-messages.ts'
import { leasedEndpoint } from '../../storage/tables/dispatch.ts'
import { PLATFORM } from '../../storage/tables/domain-events.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import type { Context } from '../context.ts'
import { namesOfOrganizations } from '../tenancy/names-of.ts'
import type { Serve, Turn } from '../webhooks/dispatcher.ts'
import { timesOf, zoneOf } from './channel-value.ts'
import { compose, isUrgent } from './compose.ts'
import { messageOf } from './message-of.ts'
import { unsubscribeUrl } from './unsubscribing.ts'
import { writeMessage } from './write-message.ts'

/** How messages are sent to channels of one kind. */
export interface MessageSender {
  readonly send: (
    channel: EndpointRow,
    message: ChannelMessage,
    signal: AbortSignal,
  ) => Promise<MessageOutcome>
  /** The least time between two messages to one channel. */
  readonly paceMs: number
}

type Parts = Pick<Context, 'db' | 'clock' | 'log' | 'ids' | 'signingKeys' | 'channels'>
type Due = NonNullable<Awaited<ReturnType<typeof nextMessage>>>

/** Sends the due messages of a channel, one after another. */
export const channelServer =
  (ctx: Parts & Context, { send, paceMs }: MessageSender): Serve =>
  async ({ id }, turn) => {
    await compose(ctx, { id }, turn.lease)
    const seen: string[] = []
    while (turn.goesOn()) {
      // Read for each message: its address, hook or times may have changed meanwhile.
      const channel = await leasedEndpoint(ctx.db, id, turn.lease)
      if (channel?.state !== 'on') return
      const due = await nextMessage(ctx.db, id, { at: ctx.clock.now(), except: seen })
      if (!due) return
      seen.push(due.id)
      if (await isPutOff(ctx, channel, due)) continue
      const mayGoOn = await tryOnce(ctx, { channel, due, send, paceMs }, turn)
      // A channel with a pace sends one message per turn.
      if (!mayGoOn || paceMs > 0) return
    }
  }

/** A failed message is not retried during quiet hours, unless it is urgent. */
const isPutOff = async (
  ctx: Parts,
  channel: EndpointRow,
  { id, deliveries }: Due,
): Promise<boolean> => {
  if (deliveries.some(isUrgent)) return false
  const until = heldUntil(timesOf(channel), ctx.clock.now(), { hasWaited: true })
  if (!until) return false
  await putOffMessage(ctx.db, channel.id, id, until)
  return true
}

/**
 * Returns true if the turn may continue. Never throws: if the outcome cannot be stored, the message
 * is sent again later.
 */
const tryOnce = async (
  ctx: Parts & Context,
  { channel, due, send, paceMs }: { channel: EndpointRow; due: Due } & MessageSender,
  { lease, signal }: Turn,
): Promise<boolean> => {
  const triedAt = ctx.clock.now()
  try {
    const outcome = await send(channel, await composed(ctx, channel, due), signal)
    // This process aborted the request. The outcome is unknown, so the message is sent again.
    if (signal.aborted && outcome.status === null) return false
    const tookMs = ctx.clock.now().getTime() - triedAt.getTime()
    return await writeMessage(ctx, lease, { channel, ...due, outcome, triedAt, tookMs, paceMs })
  } catch (error) {
    ctx.log.warn({ error, messageId: due.id }, 'a message could not be sent')
    return false
  }
}

const composed = async (
  ctx: Parts & Context,
  channel: EndpointRow,
  { id, deliveries }: Due,
): Promise<ChannelMessage> => {
  const owners = new Set(deliveries.map(({ organization_id }) => organization_id))
  owners.delete(PLATFORM)
  return messageOf({
    id,
    events: deliveries,
    zone: zoneOf(channel),
    isDigest: deliveries.length > 1 && deliveries.every(({ held }) => held),
    names: await namesOfOrganizations(ctx, [...owners]),
    consoleUrl: consoleUrlOf(ctx),
    unsubscribeUrl: channel.channel === 'email' ? await unsubscribeUrl(ctx, channel) : null,
  })
}

export const consoleUrlOf = ({ channels }: Pick<Context, 'channels'>): string | null =>
  channels.publicUrl === undefined ? null : `${channels.publicUrl}/console`
