import type { Json } from '../json.ts'
import type { StreamReader } from '../stream-reader.ts'
import type { ModelUsage } from '../usage/amounts.ts'
import type { SseEvent } from './sse.ts'

/** Reads server-sent events, and passes them on in wire format. */
export type WireReader = StreamReader<SseEvent, string>

/** One kind of request in wire format. */
export interface WireProtocol {
  /** The parts of a request that the model reads. */
  readonly input: (body: Json) => readonly unknown[]
  /** The caller's limit on output tokens, over all choices. */
  readonly maxOutputTokens: (body: Json) => number | undefined
  readonly isWithoutOutput?: boolean
  /** Builds the request to send, with the output limit set and usage requested. */
  readonly sent: (body: Json, mostOutputTokens: number | undefined, host: string) => Json
  readonly answer: (answer: Json) => ModelUsage | undefined
  /** Set when answers of this kind can be streamed. */
  readonly stream?: (body: Json) => WireReader
}
