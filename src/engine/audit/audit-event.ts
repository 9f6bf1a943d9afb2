import type { AuditEvent } from '../../contract/audit.ts'
import { type AuditAct, PLATFORM_CHAIN } from '../../core/audit.ts'
import type { AuditEventRow } from '../../storage/tables/audit-events.ts'

type Entry = AuditAct & {
  readonly organizationId: string
  readonly sequence: number
  readonly occurredAt: string
}

/** An entry as callers see it. All of it comes from the text that was hashed. */
export const auditEvent = ({ entry, hash, resolution }: AuditEventRow): AuditEvent => {
  const { organizationId, sequence, sampled, ...said } = JSON.parse(entry) as Entry
  return {
    id: `${organizationId}:${sequence}`,
    organizationId: organizationId === PLATFORM_CHAIN ? null : organizationId,
    sequence,
    occurredAt: said.occurredAt,
    category: said.category,
    action: said.action,
    actor: said.actor,
    ...(said.via !== undefined && { via: said.via }),
    address: said.address ?? null,
    subject: said.subject,
    old: said.old ?? null,
    new: said.new ?? null,
    ...(sampled && { sampled }),
    hash,
    ...(resolution !== null && { resolution: resolutionOf(resolution) }),
  }
}

const resolutionOf = (entry: string): NonNullable<AuditEvent['resolution']> => {
  const { sequence, actor, occurredAt, new: said } = JSON.parse(entry) as Entry
  return { sequence, note: (said as { note: string }).note, actor, resolvedAt: occurredAt }
}
