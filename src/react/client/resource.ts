import { TollgateError } from '../../contract/errors.ts'
import type { Timers } from '../../facade/timers.ts'
import type { PageLife } from './page-life.ts'
import { NoToken } from './read-token.ts'

/**
 * - `loading`: no data yet.
 * - `ready`: as read at `asOfMs`.
 * - `stale`: the last refresh failed; the previous data stay.
 * - `error`: the first read failed.
 * - `refused`: this token may not read it.
 */
export type ReadStatus = 'loading' | 'ready' | 'stale' | 'error' | 'refused'

export interface Snapshot<Data> {
  readonly status: ReadStatus
  readonly data: Data | undefined
  /** When it was read, by the page's clock. */
  readonly asOfMs: number | undefined
  readonly error: Error | undefined
}

/** Cached data that refreshes while it has subscribers. */
export interface Resource<Data> {
  readonly subscribe: (call: () => void) => () => void
  readonly snapshot: () => Snapshot<Data>
  /** The snapshot for server rendering and hydration. */
  readonly initial: () => Snapshot<Data>
  /** Reads again; concurrent calls share one request. */
  readonly refresh: () => Promise<void>
  /** Schedules a refresh soon; repeated calls are coalesced. */
  readonly touch: () => void
  readonly isWatched: () => boolean
}

export interface ResourceParts<Data> {
  readonly read: () => Promise<Data>
  readonly initial?: Data | undefined
  readonly timers: Timers
  readonly life: PageLife
  readonly onError: (error: Error) => void
}

const EVERY_MS = 60_000
/** On return to the page, younger data are not refreshed. */
const YOUNG_MS = 10_000
const FIRST_RETRY_MS = 5_000
/** Coalesces several changes a second into one refresh. */
const SOON_MS = 1_500
const APART_MS = 5_000

export const createResource = <Data>(parts: ResourceParts<Data>): Resource<Data> => {
  const { timers, life } = parts
  const first: Snapshot<Data> = {
    status: parts.initial === undefined ? 'loading' : 'ready',
    data: parts.initial,
    asOfMs: undefined,
    error: undefined,
  }
  let now = first
  let reading: Promise<void> | undefined
  let failures = 0
  let triedAtMs = Number.NEGATIVE_INFINITY
  let cancelTimer = () => {}
  let cancelTouch: (() => void) | undefined
  let stopLife = () => {}
  const watchers = new Set<() => void>()

  const become = (next: Snapshot<Data>) => {
    now = next
    for (const call of watchers) call()
  }

  const schedule = () => {
    cancelTimer()
    if (watchers.size === 0) return
    const waitMs =
      failures === 0 ? EVERY_MS : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), EVERY_MS)
    cancelTimer = timers.after(waitMs, () => (life.isVisible() ? void refresh() : schedule()))
  }

  const settle = (next: Snapshot<Data>, isFailure: boolean) => {
    failures = isFailure ? failures + 1 : 0
    reading = undefined
    triedAtMs = timers.nowMs()
    schedule()
    become(next)
  }

  const refresh = (): Promise<void> => {
    reading ??= parts.read().then(
      (data) => settle({ status: 'ready', data, asOfMs: timers.nowMs(), error: undefined }, false),
      (caught: unknown) => {
        const error = caught instanceof Error ? caught : new Error(String(caught))
        parts.onError(error)
        settle(failed(now, error), true)
      },
    )
    return reading
  }

  const touch = () => {
    if (cancelTouch || watchers.size === 0) return
    const waitMs = Math.max(SOON_MS, triedAtMs + APART_MS - timers.nowMs())
    cancelTouch = timers.after(waitMs, () => {
      cancelTouch = undefined
      void refresh()
    })
  }

  return {
    subscribe: (call) => {
      watchers.add(call)
      if (watchers.size === 1) {
        stopLife = life.onChange(() => {
          if (life.isVisible() && timers.nowMs() - triedAtMs > YOUNG_MS) void refresh()
        })
        if (timers.nowMs() - triedAtMs > YOUNG_MS) void refresh()
        else schedule()
      }
      return () => {
        watchers.delete(call)
        if (watchers.size > 0) return
        cancelTimer()
        cancelTouch?.()
        cancelTouch = undefined
        stopLife()
      }
    },
    snapshot: () => now,
    initial: () => first,
    refresh,
    touch,
    isWatched: () => watchers.size > 0,
  }
}

/** After a refusal the data are hidden. After any other failure they stay, marked as stale. */
const failed = <Data>(before: Snapshot<Data>, error: Error): Snapshot<Data> => {
  const code = error instanceof TollgateError ? error.code : undefined
  if (code === 'forbidden' || code === 'not_found') {
    return { status: 'refused', data: undefined, asOfMs: undefined, error }
  }
  if (before.data !== undefined) return { ...before, status: 'stale', error }
  const isRefused = code === 'unauthenticated'
  return { ...before, status: isRefused ? 'refused' : 'error', error }
}

/** Finds a token failure anywhere in the chain of causes. */
export const plainError = (error: unknown): Error => {
  if (error instanceof TollgateError && error.cause instanceof NoToken) return error.cause
  return error instanceof Error ? error : new Error(String(error))
}
