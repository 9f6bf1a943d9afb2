import type { Timers } from '../../facade/timers.ts'
import type { FollowParts, LiveNews } from './follow-usage.ts'
import { followUsage } from './follow-usage.ts'
import type { PageLife } from './page-life.ts'

/**
 * One stream for all tabs of an origin. A browser opens at most six HTTP/1.1 connections to a
 * server, so one stream per tab would block other requests. The tab with the lock reads the stream
 * and broadcasts it. When that tab closes or is hidden, the next one takes over.
 */
export interface SharedStreamParts {
  /** The same name in every tab that may share: server and organization. */
  readonly name: string
  readonly open: FollowParts['open']
  readonly tell: (news: LiveNews) => void
  readonly timers: Timers
  readonly life: PageLife
  readonly random: () => number
  readonly locks: Pick<LockManager, 'request'>
  readonly channel: (name: string) => BroadcastChannel
}

/** A tab hidden for this long releases the stream to a visible one. */
const HIDDEN_MS = 30_000
/** After this silence of the reading tab, the state becomes `away`. */
const UNHEARD_MS = 45_000

type Message = { readonly ask: true } | { readonly news: LiveNews }

/** Joins the shared stream; returns a function that leaves it. */
export const shareStream = (parts: SharedStreamParts): (() => void) => {
  const { name, timers, life } = parts
  const channel = parts.channel(name)
  let last: LiveNews | undefined
  let isReading = false
  let part: AbortController | undefined
  let cancelHidden: (() => void) | undefined
  let cancelUnheard = () => {}

  const hear = (news: LiveNews) => {
    last = { ...last, ...news }
    parts.tell(news)
    cancelUnheard()
    if (!isReading) cancelUnheard = timers.after(UNHEARD_MS, () => parts.tell({ state: 'away' }))
  }

  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if ('news' in data) return isReading ? undefined : hear(data.news)
    if (isReading && last) channel.postMessage({ news: last } satisfies Message)
  }

  const read = async (signal: AbortSignal) => {
    isReading = true
    cancelUnheard()
    try {
      await followUsage({
        open: parts.open,
        timers,
        random: parts.random,
        after: last?.id,
        signal,
        tell: (news) => {
          hear(news)
          channel.postMessage({ news } satisfies Message)
        },
      })
    } finally {
      isReading = false
    }
  }

  const takePart = () => {
    if (part) return
    const taken = new AbortController()
    part = taken
    channel.postMessage({ ask: true } satisfies Message)
    parts.locks
      .request(name, { signal: taken.signal }, () => read(taken.signal))
      .catch(() => undefined)
  }

  const stand = () => {
    part?.abort()
    part = undefined
  }

  const look = () => {
    if (life.isVisible()) {
      cancelHidden?.()
      cancelHidden = undefined
      takePart()
    } else {
      cancelHidden ??= timers.after(HIDDEN_MS, stand)
    }
  }

  const stopLife = life.onChange(look)
  look()
  return () => {
    stopLife()
    cancelHidden?.()
    cancelUnheard()
    stand()
    channel.close()
  }
}
