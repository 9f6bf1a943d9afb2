import { WIRE } from './generated/wire.ts'
import { eventsOf, linesOf, updatesOf } from './lines.ts'
import { formOfLine, operationOfLine } from './wire-line.ts'
import type { WireOperation } from './wire-operation.ts'

export { registriesOf } from '../contract/registries.ts'
export { itemsOf } from '../facade/page-items.ts'
export { withApiKeyId } from './api-key-id.ts'

/** How the answers of a form are read, if they are streams. */
const STREAMS: Readonly<Record<string, Pick<WireOperation, 'accept' | 'stream'>>> = {
  lines: { stream: (body) => eventsOf(linesOf(body)) },
  events: { accept: 'text/event-stream', stream: (body) => updatesOf(linesOf(body)) },
}

/** An operation outside the hot path. Loaded on first use, because most pages call none. */
export const lateOperation = (name: string): WireOperation => {
  const line = WIRE[name] as string
  return { ...operationOfLine(line), ...STREAMS[formOfLine(line) ?? ''] }
}
