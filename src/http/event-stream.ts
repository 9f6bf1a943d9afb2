import type { LiveUsage } from '../contract/usage-reports.ts'
import type { LiveBeat } from '../engine/reports/live-feeds.ts'

/** How long a client waits before it connects again. */
const RETRY_MS = 2_000

/**
 * Live figures as server-sent events. Nothing is taken from the feed before the client has taken
 * what came before, so a slow one is sent the latest and not all that there was.
 */
export const eventStreamReply = (feed: AsyncIterableIterator<LiveUsage | LiveBeat>): Response => {
  const encoder = new TextEncoder()
  let isFirst = true
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        // At once, so that a proxy passes on that it is open.
        if (isFirst) {
          isFirst = false
          return controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`))
        }
        // To end is enough where it fails on the way: the client connects again, and is told why.
        const told = await feed.next().catch(() => ({ value: undefined, done: true }) as const)
        if (told.done) controller.close()
        else controller.enqueue(encoder.encode(textOf(told.value)))
      },
      cancel: async () => {
        await feed.return?.()
      },
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  )
  return new Response(stream, {
    headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
  })
}

const textOf = ({ id, figures }: LiveUsage | LiveBeat): string =>
  figures === null
    ? ': nothing has changed\n\n'
    : `id: ${id}\nevent: usage\ndata: ${JSON.stringify(figures)}\n\n`
