import type { CallOptions, Replayable } from '../../contract/call.ts'
import type { Reversed } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import { reversalId } from '../../core/own-ids.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { type EventRow, findEvent } from '../../storage/tables/events.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import { fingerprintOf } from '../gate/fingerprint.ts'

/**
 * Undoes an event by a new one that negates its amounts in the windows of the first; the first
 * stays as it was. Reversing twice gives the same reversal, since its id follows from the event's.
 */
export const reverse = async (
  ctx: Context,
  {
    organizationId,
    eventId,
    reason,
  }: { readonly organizationId: string; readonly eventId: string; readonly reason: string },
  options: CallOptions = {},
): Promise<Replayable<Reversed>> => {
  const event = await asOrganization(ctx.db, organizationId, (tx) =>
    findEvent(tx, organizationId, eventId),
  )
  if (!event) throw new TollgateError('not_found', { detail: 'there is no such event' })
  if (event.reverses !== null) {
    throw new TollgateError('unprocessable', {
      detail: 'a reversal cannot be reversed',
      faults: [{ field: 'eventId', message: 'is a reversal itself; record the use again instead' }],
    })
  }
  const reversal = reversalOf(ctx, event, reason, options)
  const outcome = await ctx.ledger.record({ item: reversal })
  if (outcome === 'conflict') throw new TollgateError('idempotency_conflict')
  if (outcome === 'unknown_organization') throw new TollgateError('not_found')
  return { eventId: reversal.id, reverses: event.id, replayed: outcome === 'duplicate' }
}

const reversalOf = (
  ctx: Context,
  event: EventRow,
  reason: string,
  options: CallOptions,
): UsageItem => {
  const id = reversalId(event.id)
  const amounts = Object.entries(event.quantities).map(([meter, amount]) => {
    const aggregation = ctx.catalog.meter(meter)?.aggregation
    if (typeof amount !== 'number' || (aggregation !== 'sum' && aggregation !== 'count')) {
      throw new TollgateError('unprocessable', {
        detail: 'a state cannot be undone',
        faults: [
          {
            field: 'eventId',
            message: `adds to ${meter}, a state: record its right value instead`,
          },
        ],
      })
    }
    return { meter, units: -BigInt(amount) }
  })
  const negated = (units: bigint | null) => (units === null ? undefined : -Number(units))
  return {
    organizationId: event.organization_id,
    id,
    fingerprint: fingerprintOf({ eventType: event.event_type, endpoint: id }),
    occurredAt: event.occurred_at,
    receivedAt: ctx.clock.now(),
    backfilled: true,
    reverses: event.id,
    eventType: event.event_type,
    category: event.category,
    userId: event.user_id ?? undefined,
    sessionId: event.session_id ?? undefined,
    apiKeyId: options.apiKeyId,
    quantities: JSON.stringify(
      Object.fromEntries(amounts.map(({ meter, units }) => [meter, Number(units)])),
    ),
    microCredits: -event.credits,
    costUsd: event.cost_usd === null ? undefined : negatedDecimal(event.cost_usd),
    priceSource: event.price_source ?? undefined,
    priceName: event.price_name ?? undefined,
    pricedAsText: event.priced_as_text ?? undefined,
    provider: event.provider ?? undefined,
    model: event.model ?? undefined,
    inputTokens: negated(event.input_tokens),
    cachedInputTokens: negated(event.cached_input_tokens),
    outputTokens: negated(event.output_tokens),
    reasoningTokens: negated(event.reasoning_tokens),
    parts: event.parts === null ? undefined : negatedParts(event.parts),
    endpoint: event.endpoint ?? undefined,
    method: event.method ?? undefined,
    status: event.status ?? undefined,
    durationMs: event.duration_ms ?? undefined,
    catalogVersionId: event.catalog_version_id,
    properties: JSON.stringify({ reason, actor: options.actor ?? 'unknown' }),
    amounts,
  }
}

const negatedDecimal = (decimal: string): string =>
  decimal.startsWith('-') ? decimal.slice(1) : `-${decimal}`

const negatedParts = (parts: Readonly<Record<string, number>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(parts).map(([part, count]) => [part, -count])))
