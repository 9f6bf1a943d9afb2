import type { DomainEvent } from '../../contract/domain-events.ts'
import { type DomainEventRow, PLATFORM } from '../../storage/tables/domain-events.ts'

/** The organization that a row is of, as it is shown. */
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

/** An event as it is sent: `type`, `timestamp` and `data` as Standard Webhooks has them. */
export const sentEventOf = (row: DomainEventRow) => {
  const { kind, occurredAt, data, ...rest } = domainEventOf(row)
  return { type: kind, timestamp: occurredAt, ...rest, data }
}
