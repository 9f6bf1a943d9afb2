import type { MessageOutcome } from '../../connectors/messages/outcome.ts'
import { nextTryAt } from '../../core/delivery-schedule.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  messagesTakenSince,
  type WaitingDelivery,
  writeMessageTry,
} from '../../storage/tables/channel-messages.ts'
import { skipWaiting } from '../../storage/tables/deliveries.ts'
import { disableEndpoint, isStillLeased } from '../../storage/tables/dispatch.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import { lockOrganizations } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { ownerOf } from '../events/event-value.ts'
import { told } from '../events/told.ts'
import { hopelessness } from '../webhooks/hopelessness.ts'
import { spreadOf } from '../webhooks/write-try.ts'
import { auditChannel } from './audit-channel.ts'
import { kindOf, REFUSALS_OF_FAILING } from './channel-value.ts'

const ACTOR = 'dispatcher'

/**
 * A channel that took this many messages within ten minutes then gets one a minute, with all that
 * happened since. Whoever can fire alerts cannot fill a mailbox.
 */
const BUSY = { messages: 10, withinMs: 600_000, paceMs: 60_000 } as const

interface Tried {
  readonly channel: EndpointRow
  /** The id of the message. */
  readonly id: string
  readonly deliveries: readonly WaitingDelivery[]
  readonly outcome: MessageOutcome
  readonly triedAt: Date
  readonly tookMs: number
  readonly paceMs: number
}

/**
 * Stores the outcome of sending a message, in one transaction with its consequences. These are the
 * next try, the notice that the channel is failing, and disabling the channel; each notice is sent
 * once.
 *
 * If another process has taken the lease meanwhile, nothing is stored. That process sends the
 * message again with the same id. Returns true if more may be sent.
 */
export const writeMessage = async (
  ctx: Pick<Context, 'db' | 'clock'>,
  lease: string,
  tried: Tried,
): Promise<boolean> => {
  const { channel, outcome } = tried
  const organizationId = ownerOf(channel.organization_id)
  const isDone = outcome.verdict === 'done'
  return ctx.db.transaction(async (tx) => {
    const at = ctx.clock.now()
    // This lock is required before an audit entry and an event in one transaction: see tell_events.
    if (organizationId !== null && !isDone) await lockOrganizations(tx, [organizationId])
    if (!(await isStillLeased(tx, channel.id, lease))) return false
    const paceMs = Math.max(tried.paceMs, isDone ? await busyPaceMs(tx, channel.id, at) : 0)
    const after = await writeMessageTry(tx, rowOf({ ...tried, paceMs }, at))
    if (isDone || after.state !== 'on') return after.state === 'on' && paceMs === 0
    const { failing_since: failingSince } = after
    const reason =
      outcome.verdict === 'gone'
        ? (outcome.error ?? 'it is gone')
        : await hopelessness(tx, channel.id, failingSince, at)
    if (reason !== undefined) {
      await giveUp(tx, ctx, channel, reason)
      return false
    }
    if (outcome.verdict === 'refused' && after.refusals === REFUSALS_OF_FAILING) {
      await notice(tx, ctx, channel, 'failing', outcome.error ?? 'it was refused')
    }
    // If the other side accepts nothing now, further messages would fail too.
    return outcome.verdict === 'refused'
  })
}

/** The pause after this message, which is not stored yet. */
const busyPaceMs = async (tx: Queryable, channelId: string, at: Date): Promise<number> => {
  const taken = await messagesTakenSince(tx, channelId, new Date(at.getTime() - BUSY.withinMs))
  return taken + 1 >= BUSY.messages ? BUSY.paceMs : 0
}

const giveUp = async (
  tx: Queryable,
  ctx: Pick<Context, 'clock'>,
  channel: EndpointRow,
  reason: string,
): Promise<void> => {
  if (!(await disableEndpoint(tx, channel.id, reason, ctx.clock.now()))) return
  await skipWaiting(tx, channel.id, 'the channel was disabled')
  await notice(tx, ctx, channel, 'disabled', reason)
}

const notice = async (
  tx: Queryable,
  ctx: Pick<Context, 'clock'>,
  channel: EndpointRow,
  what: 'failing' | 'disabled',
  reason: string,
): Promise<void> => {
  const { id: channelId, target } = channel
  await auditChannel(tx, ctx, channel, {
    action: `channel.${what}`,
    actor: ACTOR,
    now: { target, reason },
    told: [told(`channel.${what}`, { channelId, channelKind: kindOf(channel), target, reason })],
  })
}

const rowOf = ({ channel, id, deliveries, outcome, ...tried }: Tried, at: Date) => {
  const { verdict, status, error, answer, retryAfterMs } = outcome
  const failures = Math.max(...deliveries.map(({ round_attempts }) => round_attempts)) + 1
  const next =
    verdict === 'again'
      ? nextTryAt(failures, at, { spread: spreadOf(id), retryAfterMs })
      : undefined
  const isOver = verdict !== 'done' && next === undefined
  const pauseMs = Math.max(tried.paceMs, retryAfterMs ?? 0)
  return {
    endpointId: channel.id,
    messageId: id,
    status,
    error,
    answer,
    at,
    triedAt: tried.triedAt,
    tookMs: tried.tookMs,
    state:
      verdict === 'done' ? ('done' as const) : next ? ('waiting' as const) : ('failed' as const),
    reason: isOver ? (verdict === 'again' ? 'every try failed' : error) : null,
    nextAttemptAt: next ?? null,
    isRefused: verdict === 'refused',
    // The pause applies to the whole hook, not only to this message.
    notBefore: pauseMs > 0 ? new Date(at.getTime() + pauseMs) : null,
  }
}
