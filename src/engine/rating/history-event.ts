import type { HistoryEvent } from '../../contract/usage-history.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import { USAGE_PARTS, type UsagePart } from '../../core/usage-parts.ts'
import type { HistoryRow } from '../../storage/events/usage-history.ts'
import type { Context } from '../context.ts'
import { creditsOf, plainDecimal } from './figures.ts'

/** An event as callers see it. */
export const historyEvent = (ctx: Context, row: HistoryRow): HistoryEvent => ({
  id: row.id,
  eventType: row.event_type,
  category: row.category,
  occurredAt: row.occurred_at.toISOString(),
  receivedAt: row.received_at.toISOString(),
  userId: row.user_id,
  sessionId: row.session_id,
  apiKeyId: row.api_key_id,
  reverses: row.reverses,
  quantities: quantitiesOf(ctx, row),
  credits: creditsOf(row.credits),
  costUsd: row.cost_usd === null ? null : plainDecimal(row.cost_usd),
  unpriced: row.price_source === 'unpriced',
  priceSource: row.price_source as HistoryEvent['priceSource'],
  priceName: row.price_name,
  pricedAsText: row.priced_as_text === true,
  provider: row.provider,
  model: row.model,
  inputTokens: numberOrNull(row.input_tokens),
  cachedInputTokens: numberOrNull(row.cached_input_tokens),
  outputTokens: numberOrNull(row.output_tokens),
  reasoningTokens: numberOrNull(row.reasoning_tokens),
  ...partsOfRow(row),
  endpoint: row.endpoint,
  method: row.method,
  status: row.status,
  durationMs: row.duration_ms,
  properties: row.properties,
})

/** Every part is present, so that files and lists have the same columns for all events. */
const partsOfRow = ({ parts }: HistoryRow) => {
  const told = {} as Record<UsagePart, number | null>
  for (const part of USAGE_PARTS) told[part] = parts?.[part] ?? null
  return told
}

/** Amounts in whole units. A value of a unique meter stays as it was given. */
const quantitiesOf = (ctx: Context, { quantities }: HistoryRow) =>
  Object.fromEntries(
    Object.entries(quantities).map(([meter, amount]) => [
      meter,
      typeof amount === 'number'
        ? numberFromUnits(BigInt(amount), ctx.catalog.meter(meter)?.scale ?? 0)
        : amount,
    ]),
  )

const numberOrNull = (count: bigint | null): number | null =>
  count === null ? null : Number(count)
