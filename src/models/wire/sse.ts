import { type Json, parsedJson } from '../json.ts'
import type { StreamForm } from '../stream-reader.ts'

/** One server-sent event with its raw text. */
export interface SseEvent {
  readonly raw: string
  readonly event: string | undefined
  /** Its data, if that is JSON. */
  readonly json: Json | undefined
  /** True for the protocol's final event. */
  readonly isDone: boolean
}

const END_OF_EVENT = /\r\n\r\n|\n\n|\r\r/

/** Parses server-sent events from bytes that may be cut anywhere. */
export const sseForm = (): StreamForm<Uint8Array, SseEvent, string, Uint8Array> => {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  let kept = ''
  return {
    rest: () => kept,
    chunks: (passed) => {
      const text = passed.join('')
      return text === '' ? [] : [encoder.encode(text)]
    },
    events: (bytes) => {
      kept += bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
      const events: SseEvent[] = []
      for (;;) {
        const end = END_OF_EVENT.exec(kept)
        if (!end) return events
        const raw = kept.slice(0, end.index + end[0].length)
        kept = kept.slice(raw.length)
        events.push(eventOf(raw))
      }
    },
  }
}

const eventOf = (raw: string): SseEvent => {
  let event: string | undefined
  const data: string[] = []
  for (const line of raw.split(/\r\n|\n|\r/)) {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
    else if (line.startsWith('event:')) event = line.slice(6).trim()
  }
  const text = data.join('\n')
  return { raw, event, json: parsedJson(text), isDone: text.trim() === '[DONE]' }
}

export const sseData = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`

/**
 * Formats an event that is named by the `type` of its data, as OpenAI's responses and Anthropic's
 * are.
 */
export const sseTyped = (data: Json & { readonly type: string }): string =>
  `event: ${data.type}\n${sseData(data)}`
