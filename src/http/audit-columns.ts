import type { AuditEvent } from '../contract/audit.ts'
import { type FileColumn, jsonCell } from './file-reply.ts'

/** All fields of an entry as columns. */
export const AUDIT_COLUMNS: readonly FileColumn<AuditEvent>[] = [
  ['id', ({ id }) => id],
  ['occurredAt', ({ occurredAt }) => occurredAt],
  ['category', ({ category }) => category],
  ['action', ({ action }) => action],
  ['actor', ({ actor }) => actor],
  ['via', ({ via }) => via],
  ['address', ({ address }) => address],
  ['subject', ({ subject }) => subject],
  ['old', (event) => jsonCell(event.old)],
  ['new', (event) => jsonCell(event.new)],
  ['sampledOneIn', ({ sampled }) => sampled?.oneIn],
  ['sampledPassedOver', ({ sampled }) => sampled?.passedOver],
  ['resolutionNote', ({ resolution }) => resolution?.note],
  ['resolutionActor', ({ resolution }) => resolution?.actor],
  ['resolvedAt', ({ resolution }) => resolution?.resolvedAt],
  ['hash', ({ hash }) => hash],
]
