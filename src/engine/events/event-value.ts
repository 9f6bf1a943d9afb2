import type { DomainEvent } from '../../contract/domain-events.ts'
import { type DomainEventRow, PLATFORM } from '../../storage/tables/domain-events.ts'

/** The organization of a row as callers see it; null for the platform. */
export const ownerOf = (organizationId: string): string | null =>
  organizationId === PLATFORM ? null : organizationId

export const domainEventOf = (row: DomainEventRow): DomainEvent => ({
  id: row.id,
  kind: row.kind as DomainEvent['kind'],
  organizationId: ownerOf(row.organization_id),
  sequence: Number(row.sequence),
  subject: row.subject,
  occurredAt: row.occurred_at.toISOString(),
  data: row.data,
})

/** The body of an event that is sent: `type`, `timestamp` and `data` as in Standard Webhooks. */
export const sentEventOf = (row: DomainEventRow) => {
  const { kind, occurredAt, data, ...rest } = domainEventOf(row)
  return { type: kind, timestamp: occurredAt, ...rest, data }
}
