import type { HistoryEvent } from '../contract/usage-history.ts'
import { USAGE_PARTS } from '../core/usage-parts.ts'
import { type FileColumn, jsonCell } from './file-reply.ts'

/** All fields of an event as columns. */
export const HISTORY_COLUMNS: readonly FileColumn<HistoryEvent>[] = [
  ['id', ({ id }) => id],
  ['occurredAt', ({ occurredAt }) => occurredAt],
  ['receivedAt', ({ receivedAt }) => receivedAt],
  ['eventType', ({ eventType }) => eventType],
  ['category', ({ category }) => category],
  ['userId', ({ userId }) => userId],
  ['sessionId', ({ sessionId }) => sessionId],
  ['apiKeyId', ({ apiKeyId }) => apiKeyId],
  ['reverses', ({ reverses }) => reverses],
  ['credits', ({ credits }) => credits],
  // A number, because text that begins with a minus would be escaped as a formula.
  ['costUsd', ({ costUsd }) => (costUsd === null ? null : Number(costUsd))],
  ['unpriced', ({ unpriced }) => String(unpriced)],
  ['priceSource', ({ priceSource }) => priceSource],
  ['priceName', ({ priceName }) => priceName],
  ['pricedAsText', ({ pricedAsText }) => String(pricedAsText)],
  ['quantities', ({ quantities }) => jsonCell(quantities)],
  ['provider', ({ provider }) => provider],
  ['model', ({ model }) => model],
  ['inputTokens', ({ inputTokens }) => inputTokens],
  ['cachedInputTokens', ({ cachedInputTokens }) => cachedInputTokens],
  ['outputTokens', ({ outputTokens }) => outputTokens],
  ['reasoningTokens', ({ reasoningTokens }) => reasoningTokens],
  ...USAGE_PARTS.map(
    (part): FileColumn<HistoryEvent> => [part, (event: HistoryEvent) => event[part]],
  ),
  ['endpoint', ({ endpoint }) => endpoint],
  ['method', ({ method }) => method],
  ['status', ({ status }) => status],
  ['durationMs', ({ durationMs }) => durationMs],
  ['properties', ({ properties }) => jsonCell(properties)],
]
