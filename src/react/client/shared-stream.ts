import type { Timers } from '../../facade/timers.ts'
import type { FollowParts, LiveNews } from './follow-usage.ts'
import { followUsage } from './follow-usage.ts'
import type { PageLife } from './page-life.ts'

/**
 * What tabs of one origin share: a browser opens six connections to a server over HTTP/1.1, so a
 * stream a tab would leave none for anything else. Whoever holds the lock reads the stream and
 * tells the others; the next one takes it over when that tab is closed or hidden.
 */
export interface SharedStreamParts {
  /** The same in every tab that may share: the server and the organization. */
  readonly name: string
  readonly open: FollowParts['open']
  readonly tell: (news: LiveNews) => void
  readonly timers: Timers
  readonly life: PageLife
  readonly random: () => number
  readonly locks: Pick<LockManager, 'request'>
  readonly channel: (name: string) => BroadcastChannel
}

/** A tab that nobody looks at gives the stream to one that somebody does. */
const HIDDEN_MS = 30_000
/** As long as a tab waits for a word of the one that reads. */
const UNHEARD_MS = 45_000

type Message = { readonly ask: true } | { readonly news: LiveNews }

/** Takes part until what it gives is called. */
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
