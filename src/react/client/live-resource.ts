import type { CurrentUsage } from '../../contract/tenancy.ts'
import type { Timers } from '../../facade/timers.ts'
import type { LiveNews } from './follow-usage.ts'
import type { PageLife } from './page-life.ts'
import { createResource, type Resource, type Snapshot } from './resource.ts'

export interface LiveParts {
  /** Joins the shared stream. Undefined if tabs cannot share one: then the resource polls. */
  readonly share: ((tell: (news: LiveNews) => void) => () => void) | undefined
  readonly read: () => Promise<CurrentUsage>
  readonly initial?: CurrentUsage | undefined
  readonly timers: Timers
  readonly life: PageLife
  readonly onError: (error: Error) => void
  /** Called after new use, so that derived figures can be read again. */
  readonly onUse: () => void
}

const POLL_MS = 15_000

/** The current figures of an organization, streamed, or polled if streaming is unavailable. */
export const createLiveResource = (parts: LiveParts): Resource<CurrentUsage> => {
  const { timers, life } = parts
  const polled = createResource(parts)
  let streamed: Snapshot<CurrentUsage> | undefined
  let stop = () => {}
  let cancelPoll = () => {}
  let stopPolled: (() => void) | undefined
  const watchers = new Set<() => void>()
  const told = () => {
    for (const call of watchers) call()
  }

  const poll = () => {
    stopPolled ??= polled.subscribe(() => {
      streamed = undefined
      told()
    })
    cancelPoll()
    cancelPoll = timers.after(POLL_MS, () => {
      if (life.isVisible()) void polled.refresh()
      poll()
    })
  }
  const endPoll = () => {
    cancelPoll()
    stopPolled?.()
    stopPolled = undefined
  }

  const hear = (news: LiveNews) => {
    if (news.state !== 'live') return poll()
    endPoll()
    const before = streamed ?? polled.snapshot()
    const data = news.figures ?? before.data
    if (data === undefined) return
    streamed = { status: 'ready', data, asOfMs: timers.nowMs(), error: undefined }
    told()
    if (news.figures !== undefined && before.data !== undefined) parts.onUse()
  }

  const begin = () => {
    if (parts.share) stop = parts.share(hear)
    else poll()
  }
  const end = () => {
    stop()
    endPoll()
  }

  return {
    subscribe: (call) => {
      watchers.add(call)
      if (watchers.size === 1) begin()
      return () => {
        watchers.delete(call)
        if (watchers.size === 0) end()
      }
    },
    snapshot: () => streamed ?? polled.snapshot(),
    initial: polled.initial,
    refresh: polled.refresh,
    touch: polled.touch,
    isWatched: () => watchers.size > 0,
  }
}
