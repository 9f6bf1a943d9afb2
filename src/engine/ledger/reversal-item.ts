import { addsUp } from '../../core/catalog-words.ts'
import { reversalId } from '../../core/own-ids.ts'
import type { EventRow } from '../../storage/events/events.ts'
import type { UsageAmount, UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import { fingerprintOf } from './fingerprint.ts'
import { quantitiesJson } from './usage-item.ts'

/** The additive amounts of an event, and its first meter that is not additive. */
export const flowsOfEvent = (
  { catalog }: Pick<Context, 'catalog'>,
  { quantities }: Pick<EventRow, 'quantities'>,
): { readonly flows: readonly UsageAmount[]; readonly state: string | undefined } => {
  const flows: UsageAmount[] = []
  let state: string | undefined
  for (const [meter, amount] of Object.entries(quantities)) {
    const shape = catalog.meter(meter)
    if (typeof amount === 'number' && shape && addsUp(shape.aggregation)) {
      flows.push({ meter, units: BigInt(amount) })
    } else state ??= meter
  }
  return { flows, state }
}

/** Stored as the properties of a reversal. */
export interface ReversalNote {
  readonly reason: string
  readonly actor: string
  /** The replacement of the reversed event, after a repricing. */
  readonly reratedAs?: string | undefined
}

/**
 * The event that reverses another one, in the same windows. Its id derives from the other's, so
 * each event is reversed once. States stay unchanged, since arithmetic cannot undo them.
 */
export const reversalItem = (
  ctx: Pick<Context, 'clock' | 'catalog'>,
  event: EventRow,
  note: ReversalNote,
  apiKeyId?: string,
): UsageItem => {
  const id = reversalId(event.id)
  const amounts = flowsOfEvent(ctx, event).flows.map(({ meter, units }) => ({
    meter,
    units: -units,
  }))
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
    apiKeyId,
    quantities: quantitiesJson(amounts),
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
    properties: JSON.stringify(note),
    budgetId: event.budget_id ?? undefined,
    amounts,
  }
}

const negatedDecimal = (decimal: string): string =>
  decimal.startsWith('-') ? decimal.slice(1) : `-${decimal}`

const negatedParts = (parts: Readonly<Record<string, number>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(parts).map(([part, count]) => [part, -count])))
