import { hash } from 'node:crypto'
import type { Settlement, UsageEvent } from '../../contract/usage.ts'
import { canonical } from '../../core/canonical.ts'
import { partsOf } from '../../core/usage-parts.ts'

/**
 * 128 bits of the SHA-256 of an event's content, as a UUID. Payloads with the same fingerprint are
 * the same event. The timestamp is not included, because a retry may have a later one.
 */
export const fingerprintOf = (
  event: Omit<UsageEvent, 'id' | 'organizationId' | 'timestamp' | 'backfill' | 'final'>,
): string => {
  const parts = partsOf(event)
  const text = JSON.stringify([
    event.eventType,
    event.userId ?? null,
    event.sessionId ?? null,
    event.quantities ? canonical(event.quantities) : null,
    event.properties ? canonical(event.properties) : null,
    event.provider ?? null,
    event.model ?? null,
    event.inputTokens ?? null,
    event.cachedInputTokens ?? null,
    event.outputTokens ?? null,
    event.reasoningTokens ?? null,
    event.endpoint ?? null,
    event.method ?? null,
    event.status ?? null,
    event.durationMs ?? null,
    // Only included if present, so that other events keep their earlier fingerprints.
    ...(parts ? [canonical(parts)] : []),
    ...(event.budget === undefined ? [] : [`budget:${event.budget}`]),
  ])
  return asUuid(text)
}

/** The fingerprint of an extension of a reservation. */
export const fingerprintOfExtension = (
  more: Settlement,
  expiresInMs: number | undefined,
): string => {
  return fingerprintOfTerms({ ...more, expiresInMs })
}

/** The fingerprint of the terms of a request, field by field. */
export const fingerprintOfTerms = (terms: Readonly<Record<string, unknown>>): string =>
  asUuid(canonical(Object.fromEntries(Object.entries(terms).filter(([, value]) => value != null))))

const asUuid = (text: string): string => {
  const hex = hash('sha256', text, 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
