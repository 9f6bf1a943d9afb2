import type { LiveUsage } from '../contract/usage-reports.ts'
import type { LiveBeat } from '../engine/reports/live-feeds.ts'

/** How long a client waits before it reconnects. */
const RETRY_MS = 2_000

/**
 * Streams live figures as server-sent events. The next figures are taken from the feed only when
 * the client has read the last ones, so a slow client only gets the latest.
 */
export const eventStreamReply = (feed: AsyncIterableIterator<LiveUsage | LiveBeat>): Response => {
  const encoder = new TextEncoder()
  let isFirst = true
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        // Sent at once, so that proxies pass on the open stream.
        if (isFirst) {
          isFirst = false
          return controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`))
        }
        // After a failure, the stream just ends. The client reconnects and then gets the error.
        const told = await feed.next().catch(() => ({ value: undefined, done: true }) as const)
        if (told.done) controller.close()
        else controller.enqueue(encoder.encode(textOf(told.value)))
      },
      cancel: async () => {
        await feed.return?.()
      },
    },
    // Reads nothing ahead.
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
