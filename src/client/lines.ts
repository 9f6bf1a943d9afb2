import { TollgateError } from '../contract/errors.ts'
import type { LiveUsage } from '../contract/usage-reports.ts'

/**
 * Yields the lines of an answer as they arrive, without line ends. If the answer is cut off, throws
 * `unavailable`, so that nobody mistakes a part for the whole.
 */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { value, done } = await reader.read().catch((cause: unknown) => {
        throw new TollgateError('unavailable', { detail: 'The answer was cut off', cause })
      })
      if (done) break
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
    if (rest !== '') yield rest
  } finally {
    // The reader stopped, so the sender must stop too.
    await reader.cancel().catch(() => undefined)
  }
}

/** Parses lines of JSON. */
export async function* eventsOf(lines: AsyncIterable<string>): AsyncGenerator<unknown> {
  for await (const line of lines) if (line !== '') yield JSON.parse(line)
}

/** Parses server-sent events with one line of data each. */
export async function* updatesOf(lines: AsyncIterable<string>): AsyncGenerator<LiveUsage> {
  let id = ''
  for await (const line of lines) {
    if (line.startsWith('id: ')) id = line.slice(4)
    if (line.startsWith('data: ')) yield { id, figures: JSON.parse(line.slice(6)) }
  }
}
