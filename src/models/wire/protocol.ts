import type { Json } from '../json.ts'
import type { StreamReader } from '../stream-reader.ts'
import type { ModelUsage } from '../usage/amounts.ts'
import type { SseEvent } from './sse.ts'

/** Reads server-sent events; what it gives on is as it is on the wire. */
export type WireReader = StreamReader<SseEvent, string>

/** One kind of request, as it is on the wire. */
export interface WireProtocol {
  /** What of a request the model reads. */
  readonly input: (body: Json) => readonly unknown[]
  /** What the caller lets it write at most, in all. */
  readonly maxOutputTokens: (body: Json) => number | undefined
  readonly isWithoutOutput?: boolean
  /** The request to send: it lets the model write so much at most, and asks for usage. */
  readonly sent: (body: Json, mostOutputTokens: number | undefined, host: string) => Json
  readonly answer: (answer: Json) => ModelUsage | undefined
  /** Where answers of this kind can come in pieces. */
  readonly stream?: (body: Json) => WireReader
}
