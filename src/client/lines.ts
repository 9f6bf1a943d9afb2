import { TollgateError } from '../contract/errors.ts'
import type { LiveUsage } from '../contract/usage-reports.ts'

/**
 * The lines of an answer as they come, without their ends. What was cut off on the way fails with
 * `unavailable`, so that nobody takes a part for all of it.
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
    // Nobody reads on: whoever sends it is to stop.
    await reader.cancel().catch(() => undefined)
  }
}

/** Lines of JSON as what they hold. */
export async function* eventsOf(lines: AsyncIterable<string>): AsyncGenerator<unknown> {
  for await (const line of lines) if (line !== '') yield JSON.parse(line)
}

/** Server-sent events, each of one line of data. */
export async function* updatesOf(lines: AsyncIterable<string>): AsyncGenerator<LiveUsage> {
  let id = ''
  for await (const line of lines) {
    if (line.startsWith('id: ')) id = line.slice(4)
    if (line.startsWith('data: ')) yield { id, figures: JSON.parse(line.slice(6)) }
  }
}
