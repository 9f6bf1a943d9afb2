import type { AuditEvent } from '../contract/audit.ts'
import {
  FILE_FORMATS,
  type FileColumn,
  type FileFormat,
  fileReply,
  jsonCell as json,
} from './file-reply.ts'

export const AUDIT_FORMATS = FILE_FORMATS

/** All entries as a file. */
export const auditExportReply = (
  events: AsyncIterable<AuditEvent>,
  format: FileFormat,
  name: string,
): Response => fileReply(events, COLUMNS, format, name)

const COLUMNS: readonly FileColumn<AuditEvent>[] = [
  ['id', ({ id }) => id],
  ['occurredAt', ({ occurredAt }) => occurredAt],
  ['category', ({ category }) => category],
  ['action', ({ action }) => action],
  ['actor', ({ actor }) => actor],
  ['address', ({ address }) => address],
  ['subject', ({ subject }) => subject],
  ['old', (event) => json(event.old)],
  ['new', (event) => json(event.new)],
  ['sampledOneIn', ({ sampled }) => sampled?.oneIn],
  ['sampledPassedOver', ({ sampled }) => sampled?.passedOver],
  ['resolutionNote', ({ resolution }) => resolution?.note],
  ['resolutionActor', ({ resolution }) => resolution?.actor],
  ['resolvedAt', ({ resolution }) => resolution?.resolvedAt],
  ['hash', ({ hash }) => hash],
]
