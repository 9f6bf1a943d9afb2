import { partFaults, TOKEN_PARTS } from '../core/usage-parts.ts'
import {
  MAX_DURATION_MS,
  MAX_ENDPOINT_LENGTH,
  MAX_EVENT_TYPE_LENGTH,
  MAX_METHOD_LENGTH,
  MAX_NAME_LENGTH,
  MAX_STATUS,
  MAX_TOKENS,
  MIN_STATUS,
} from './event-fields.ts'
import { isStorable, ORGANIZATION_ID } from './text.ts'
import type { Call, UsageEvent } from './usage.ts'

/**
 * True for a plain event, which `usageEventSchema` would accept unchanged: no time, no properties,
 * no fault. In doubt it is false, and then the schema decides and reports the faults. It costs a
 * tenth of the schema. Quantities are only checked to be numbers, because their bounds depend on
 * the catalog.
 */
export const isPlainEvent = (input: Call): input is Call & UsageEvent => {
  if (typeof input !== 'object' || input === null) return false
  let hasParts = false
  for (const key in input) {
    const value: unknown = input[key as keyof Call]
    if (value === undefined) continue
    if (PARTS.has(key)) {
      if (!isTokens(value)) return false
      hasParts = true
    } else if (!isPlainField(key, value)) return false
  }
  return (
    typeof input.eventType === 'string' &&
    isPart(input.cachedInputTokens, input.inputTokens) &&
    isPart(input.reasoningTokens, input.outputTokens) &&
    !(hasParts && partFaults(input).length > 0)
  )
}

/** A `switch`, since every leased decision passes here and a table of checks costs a third more. */
const isPlainField = (key: string, value: unknown): boolean => {
  switch (key) {
    case 'eventType':
      return isText(value, MAX_EVENT_TYPE_LENGTH)
    case 'organizationId':
      return typeof value === 'string' && ORGANIZATION_ID.test(value)
    case 'quantities':
      return isPlainQuantities(value)
    case 'id':
    case 'userId':
    case 'sessionId':
    case 'provider':
    case 'model':
      return isText(value, MAX_NAME_LENGTH)
    case 'endpoint':
      return isText(value, MAX_ENDPOINT_LENGTH)
    case 'method':
      return isText(value, MAX_METHOD_LENGTH)
    case 'inputTokens':
    case 'cachedInputTokens':
    case 'outputTokens':
    case 'reasoningTokens':
      return isTokens(value)
    case 'status':
      return (
        Number.isInteger(value) &&
        (value as number) >= MIN_STATUS &&
        (value as number) <= MAX_STATUS
      )
    case 'durationMs':
      return typeof value === 'number' && value >= 0 && value <= MAX_DURATION_MS
    default:
      return false
  }
}

/** Rare fields, grouped so that most events skip their checks. */
const PARTS: ReadonlySet<string> = new Set(TOKEN_PARTS)

const isTokens = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TOKENS

const isText = (value: unknown, maxLength: number): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= maxLength && isStorable(value)

const isPart = (some: number | null | undefined, all: number | null | undefined): boolean =>
  some === undefined || some === null || some <= (all ?? 0)

const isPlainQuantities = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  for (const meter in value) {
    const amount = (value as Record<string, unknown>)[meter]
    if (!Number.isSafeInteger(amount) || (amount as number) < 0) return false
  }
  return true
}
