import type { LeaseRef, LeaseSpent } from '../../storage/tables/leases.ts'
import type { RecordAsk } from '../../storage/tables/usage.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'

/** Writes events as lines of the journal. What a lease is called is worked out once. */
export const createJournalLines = (): ((ask: RecordAsk) => string) => {
  const named = new WeakMap<LeaseRef, string>()
  const nameOf = (lease: LeaseRef): string => {
    let name = named.get(lease)
    if (name === undefined) {
      name = JSON.stringify(lease)
      named.set(lease, name)
    }
    return name
  }
  return ({ item, spent }) => {
    const event = JSON.stringify(eventLine(item))
    if (!spent) return `{"item":${event}}`
    let leases = ''
    for (const { lease, units } of spent) {
      leases += `${leases === '' ? '' : ','}[${nameOf(lease)},${units}]`
    }
    return `{"item":${event},"spent":[${leases}]}`
  }
}

/**
 * All that goes into the books, as JSON holds it: instants as milliseconds, large numbers as text;
 * what has no value is left out.
 */
const eventLine = (item: UsageItem) => ({
  organizationId: item.organizationId,
  id: item.id,
  fingerprint: item.fingerprint,
  occurredAt: item.occurredAt.getTime(),
  receivedAt: item.receivedAt.getTime(),
  backfilled: item.backfilled || undefined,
  reverses: item.reverses,
  verb: item.verb,
  eventType: item.eventType,
  category: item.category,
  userId: item.userId,
  sessionId: item.sessionId,
  apiKeyId: item.apiKeyId,
  quantities: item.quantities,
  microCredits: String(item.microCredits),
  costUsd: item.costUsd,
  priceSource: item.priceSource,
  provider: item.provider,
  model: item.model,
  inputTokens: item.inputTokens,
  cachedInputTokens: item.cachedInputTokens,
  outputTokens: item.outputTokens,
  reasoningTokens: item.reasoningTokens,
  endpoint: item.endpoint,
  method: item.method,
  status: item.status,
  durationMs: item.durationMs,
  catalogVersionId: String(item.catalogVersionId),
  properties: item.properties,
  amounts: item.amounts.map(
    ({ meter, units, value }): AmountLine =>
      value === undefined ? [meter, String(units)] : [meter, String(units), value],
  ),
})

type EventLine = ReturnType<typeof eventLine>
type AmountLine = readonly [meter: string, units: string, value?: string]

/** Reads such lines. Events that were let through on one lease name the same one again. */
export const createLineReader = (): ((line: string) => RecordAsk) => {
  const leases = new Map<string, LeaseRef>()
  const leaseOf = (lease: LeaseRef): LeaseRef => {
    const name = JSON.stringify(lease)
    const known = leases.get(name) ?? lease
    leases.set(name, known)
    return known
  }
  return (line) => {
    const { item, spent } = JSON.parse(line) as {
      readonly item: EventLine
      readonly spent?: readonly (readonly [LeaseRef, number])[]
    }
    return {
      item: itemOf(item),
      spent: spent?.map(([lease, units]): LeaseSpent => ({ lease: leaseOf(lease), units })),
    }
  }
}

const itemOf = (line: EventLine): UsageItem => ({
  ...line,
  occurredAt: new Date(line.occurredAt),
  receivedAt: new Date(line.receivedAt),
  backfilled: line.backfilled ?? false,
  microCredits: BigInt(line.microCredits),
  catalogVersionId: BigInt(line.catalogVersionId),
  amounts: line.amounts.map(([meter, units, value]) => ({
    meter,
    units: BigInt(units),
    value,
  })),
})
