import type { UsageEvent } from '../../contract/usage.ts'
import { compare, exactDecimal } from '../../core/amounts.ts'
import { addsUp } from '../../core/catalog-words.ts'
import { reratedId } from '../../core/own-ids.ts'
import type { UseRow } from '../../storage/events/rerating.ts'
import type { UsageAmount, UsageItem } from '../../storage/usage-batch.ts'
import type { CompiledCatalog } from '../catalog/compiled-catalog.ts'
import type { Context } from '../context.ts'
import { amountsOfEvent } from '../ledger/amounts-of-event.ts'
import { fingerprintOf } from '../ledger/fingerprint.ts'
import { flowsOfEvent } from '../ledger/reversal-item.ts'
import { pricedItem } from '../ledger/usage-item.ts'
import { quantitiesGiven } from './repricing.ts'

export type LeftBecause = 'closed' | 'unknown' | 'refused'

/** The result of pricing an event again: unchanged, replaced by `item`, or left with a reason. */
export type Rerated =
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly item: UsageItem }
  | { readonly kind: 'left'; readonly because: LeftBecause }

const SAME: Rerated = { kind: 'same' }

/**
 * Prices an event again: credits and meters by its type, the model's cost by the prices at its own
 * time.
 *
 * `first` is the original event, if this one replaces it, so that nothing is lost that a definition
 * in between left out. `was` is the catalog that priced the first. State meters are not priced
 * again.
 */
export const rerated = (
  ctx: Pick<Context, 'catalog' | 'clock' | 'modelCosts'>,
  event: UseRow,
  first: UseRow,
  was: CompiledCatalog | undefined,
): Rerated => {
  const type = ctx.catalog.catalog(first.catalog)?.eventTypes.get(first.event_type)
  const wasType = was?.eventTypes.get(first.event_type)
  const meterOf = (key: string) => ctx.catalog.meter(key)
  const meters = [...Object.keys(event.quantities), ...Object.keys(first.quantities)]
  if (!type || !wasType || meters.some((meter) => !meterOf(meter))) {
    return { kind: 'left', because: 'unknown' }
  }
  const use = useOf(first)
  const price = type.price(use.properties)
  if (!price.ok) return { kind: 'left', because: 'refused' }
  const quantities = quantitiesGiven(first, wasType, type, meterOf)
  const given = { ...use, quantities }
  const { amounts, faults } = amountsOfEvent(type, given, price.microCredits, meterOf)
  if (faults.length > 0) return { kind: 'left', because: 'refused' }
  const id = reratedId(event.id)
  const priced = pricedItem(ctx, event.organization_id, type, use, {
    id,
    fingerprint: fingerprintOf({ eventType: event.event_type, endpoint: id }),
    occurredAt: event.occurred_at,
    receivedAt: ctx.clock.now(),
    backfilled: true,
    apiKeyId: first.api_key_id ?? undefined,
    microCredits: price.microCredits,
    amounts: amounts.filter(({ meter }) => {
      const shape = meterOf(meter)
      return shape !== undefined && addsUp(shape.aggregation)
    }),
  })
  const item = withKnownCost(event, priced)
  return differs(event, item, flowsOfEvent(ctx, event).flows) ? { kind: 'changed', item } : SAME
}

/** The event as the caller sent it, without amounts: those are computed from the stored fields. */
const useOf = (event: UseRow): UsageEvent => ({
  eventType: event.event_type,
  userId: event.user_id,
  sessionId: event.session_id,
  properties: (event.properties ?? undefined) as UsageEvent['properties'],
  provider: event.provider,
  model: event.model,
  inputTokens: numberOf(event.input_tokens),
  cachedInputTokens: numberOf(event.cached_input_tokens),
  outputTokens: numberOf(event.output_tokens),
  reasoningTokens: numberOf(event.reasoning_tokens),
  ...event.parts,
  endpoint: event.endpoint,
  method: event.method,
  status: event.status,
  durationMs: event.duration_ms,
  budget: event.budget_id ?? undefined,
})

const numberOf = (count: bigint | null): number | undefined =>
  count === null ? undefined : Number(count)

/**
 * A price from a process's own options is known only there. Another process, such as the command
 * line, must not replace it by the catalog's.
 */
const withKnownCost = (event: UseRow, item: UsageItem): UsageItem =>
  event.price_source !== 'override' || item.priceSource === 'override'
    ? item
    : {
        ...item,
        costUsd: event.cost_usd ?? undefined,
        priceSource: event.price_source,
        priceName: event.price_name ?? undefined,
        pricedAsText: event.priced_as_text ?? undefined,
      }

/** The source of a price makes no difference if the price is the same. */
const differs = (event: UseRow, item: UsageItem, flows: readonly UsageAmount[]): boolean =>
  event.credits !== item.microCredits ||
  (event.price_source === 'unpriced') !== (item.priceSource === 'unpriced') ||
  compare(exactDecimal(event.cost_usd ?? '0'), exactDecimal(item.costUsd ?? '0')) !== 0 ||
  flows.length !== item.amounts.length ||
  flows.some(({ meter, units }) => item.amounts.find((one) => one.meter === meter)?.units !== units)
