import type { CallOptions, Replayable } from '../../contract/call.ts'
import type { Reversed } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import { reratedId } from '../../core/own-ids.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { type EventRow, findEvent } from '../../storage/events/events.ts'
import type { Context } from '../context.ts'
import { flowsOfEvent, reversalItem } from './reversal-item.ts'

/**
 * Reverses an event by recording a new one with negated amounts in the same windows. The original
 * stays unchanged.
 *
 * Reversing twice returns the same reversal, because its id derives from the event's id. If the
 * event was repriced, this reverses its replacement.
 */
export const reverse = async (
  ctx: Context,
  {
    organizationId,
    eventId,
    reason,
  }: { readonly organizationId: string; readonly eventId: string; readonly reason: string },
  { actor = 'unknown', apiKeyId }: CallOptions = {},
): Promise<Replayable<Reversed>> => {
  const find = (id: string) =>
    asOrganization(ctx.db, organizationId, (tx) => findEvent(tx, organizationId, id))
  const asked = await find(eventId)
  if (!asked) throw new TollgateError('not_found', { detail: 'there is no such event' })
  requireReversible(ctx, asked)
  for (let event = asked; ; ) {
    const reversal = reversalItem(ctx, event, { reason, actor }, apiKeyId)
    const outcome = await ctx.ledger.record({ item: reversal })
    if (outcome === 'conflict') throw new TollgateError('idempotency_conflict')
    if (outcome === 'unknown_organization') throw new TollgateError('not_found')
    if (outcome === 'recorded') {
      return { eventId: reversal.id, reverses: event.id, replayed: false }
    }
    const next: EventRow | undefined = await standInFor(event.id, await find(reversal.id), find)
    if (!next) return { eventId: reversal.id, reverses: event.id, replayed: true }
    event = next
  }
}

const requireReversible = (ctx: Context, event: EventRow): void => {
  if (event.reverses !== null) {
    throw new TollgateError('unprocessable', {
      detail: 'a reversal cannot be reversed',
      faults: [{ field: 'eventId', message: 'is a reversal itself; record the use again instead' }],
    })
  }
  const { state } = flowsOfEvent(ctx, event)
  if (state === undefined) return
  const message = `adds to ${state}, a state: record its right value instead`
  throw new TollgateError('unprocessable', {
    detail: 'a state cannot be undone',
    faults: [{ field: 'eventId', message }],
  })
}

/** The replacement of a repriced event, if its reversal belongs to a repricing. */
const standInFor = async (
  eventId: string,
  reversal: EventRow | undefined,
  find: (id: string) => Promise<EventRow | undefined>,
): Promise<EventRow | undefined> => {
  const id = reratedId(eventId)
  return reversal?.reverses === eventId && reversal.properties?.reratedAs === id
    ? find(id)
    : undefined
}
