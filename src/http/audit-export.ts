import type { AuditEvent } from '../contract/audit.ts'
import { csvLine } from './csv.ts'

export const AUDIT_FORMATS = ['csv', 'jsonl'] as const
type AuditFormat = (typeof AUDIT_FORMATS)[number]

const MEDIA_TYPES = { csv: 'text/csv; charset=utf-8', jsonl: 'application/jsonl' }
/** So much text is sent in one piece. */
const PIECE_CHARACTERS = 64_000

/** All entries as a file, sent while they are read: however many there are, few are in memory. */
export const auditExportReply = (
  events: AsyncIterable<AuditEvent>,
  format: AuditFormat,
  name: string,
): Response =>
  new Response(streamOf(piecesOf(events, format)), {
    headers: {
      'content-type': MEDIA_TYPES[format],
      'content-disposition': `attachment; filename="${name}.${format}"`,
    },
  })

async function* piecesOf(
  events: AsyncIterable<AuditEvent>,
  format: AuditFormat,
): AsyncGenerator<string> {
  let piece = format === 'csv' ? csvLine(COLUMNS.map(([name]) => name)) : ''
  for await (const event of events) {
    piece += format === 'csv' ? csvLine(cellsOf(event)) : `${JSON.stringify(event)}\n`
    if (piece.length < PIECE_CHARACTERS) continue
    yield piece
    piece = ''
  }
  yield piece
}

const json = (value: unknown): string | undefined =>
  value === null || value === undefined ? undefined : JSON.stringify(value)

const COLUMNS: readonly [string, (event: AuditEvent) => string | number | null | undefined][] = [
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

const cellsOf = (event: AuditEvent) => COLUMNS.map(([, read]) => read(event))

/** Reads on only as fast as the client takes it. */
const streamOf = (pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder()
  return new ReadableStream({
    pull: async (controller) => {
      const { value, done } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    cancel: async () => {
      await pieces.return(undefined)
    },
  })
}
