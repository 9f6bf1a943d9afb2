import { createParser } from 'eventsource-parser'
import type { CurrentUsage } from '../../contract/tenancy.ts'
import type { Timers } from '../../facade/timers.ts'

/** A message from the live stream of an organization. */
export interface LiveNews {
  /**
   * `live`: updates arrive. `away`: the connection is down for the moment. `full`: the maximum
   * number of streams is open. `refused`: this token may not read the stream.
   */
  readonly state: 'live' | 'away' | 'full' | 'refused'
  readonly id?: string | undefined
  readonly figures?: CurrentUsage | undefined
}

export interface FollowParts {
  readonly open: (after: string | undefined, signal: AbortSignal) => Promise<Response>
  readonly tell: (news: LiveNews) => void
  readonly timers: Timers
  readonly random: () => number
  /** The id of the last message received. */
  readonly after: string | undefined
  readonly signal: AbortSignal
}

/** Reconnects after this silence. The server sends a heartbeat every 15 s. */
const SILENT_MS = 40_000
/** A stream that ends sooner counts as a failure, not as an expired token. */
const LASTED_MS = 1_000
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000
/** The wait before a retry after `full` or `refused`. */
const REFUSED_WAIT_MS = 60_000

/** Reads the stream and reconnects when it ends, until the signal aborts. */
export const followUsage = async (parts: FollowParts): Promise<void> => {
  const { timers, signal, tell } = parts
  let seen = parts.after
  let failures = 0
  while (!signal.aborted) {
    const openedAtMs = timers.nowMs()
    const outcome = await readOnce(parts, seen, (news) => {
      seen = news.id ?? seen
      tell(news)
    })
    if (signal.aborted) return
    if (timers.nowMs() - openedAtMs >= LASTED_MS) failures = 0
    if (outcome === 'full' || outcome === 'refused') {
      tell({ state: outcome })
      await waited(timers, REFUSED_WAIT_MS, signal)
      continue
    }
    // The stream ends when its token expires. It reconnects at once with a new token and misses
    // nothing.
    const isOver = outcome === 'ended' && timers.nowMs() - openedAtMs >= LASTED_MS
    if (isOver) continue
    tell({ state: 'away' })
    const longestMs = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS)
    failures += 1
    await waited(timers, longestMs * (1 - parts.random() / 2), signal)
  }
}

type Outcome = 'ended' | 'failed' | 'full' | 'refused'

const readOnce = async (
  { open, timers, signal }: FollowParts,
  after: string | undefined,
  tell: (news: LiveNews) => void,
): Promise<Outcome> => {
  const silent = new AbortController()
  let cancel = timers.after(SILENT_MS, () => silent.abort())
  try {
    const response = await open(after, AbortSignal.any([signal, silent.signal]))
    if (response.status === 429) return 'full'
    if (response.status === 401 || response.status === 403) return 'refused'
    if (!response.ok || !response.body) return 'failed'
    tell({ state: 'live' })
    const parser = createParser({
      onEvent: ({ id, data }) => tell({ state: 'live', id, figures: JSON.parse(data) }),
      onComment: () => tell({ state: 'live' }),
    })
    const decoder = new TextDecoder()
    const reader = response.body.getReader()
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return 'ended'
      cancel()
      cancel = timers.after(SILENT_MS, () => silent.abort())
      parser.feed(decoder.decode(value, { stream: true }))
    }
  } catch {
    return 'failed'
  } finally {
    cancel()
  }
}

const waited = (timers: Timers, waitMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = timers.after(waitMs, end)
    signal.addEventListener('abort', end)
  })
