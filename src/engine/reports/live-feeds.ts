import type { Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { CurrentUsage } from '../../contract/tenancy.ts'
import type { LiveRequest, LiveUsage } from '../../contract/usage-reports.ts'
import type { Clock } from '../clock.ts'
import type { Context } from '../context.ts'
import { etagOf } from './etag.ts'

/** The interval between two reads of an organization's figures, for all its streams together. */
const EVERY_MS = 1_000
const TICKS_PER_BEAT = 15
const TICKS_PER_LOOK = 5
const STREAMS_PER_ORGANIZATION = 50

/** A heartbeat: sent while nothing changes, so that the connection is not taken for dead. */
export interface LiveBeat {
  readonly id: string | undefined
  readonly figures: null
}

/** The options of a stream: where it continues, and when it must end. */
export interface LiveInProcessOptions {
  /**
   * The `id` of the figures that the watcher has. The stream starts when the figures differ from
   * these.
   */
  readonly after?: string | undefined
  /** Called every five seconds. The stream ends when it returns false or fails. */
  readonly mayGoOn?: (() => Promise<boolean>) | undefined
}

/** One open stream. It holds at most one unread update. */
interface Watcher {
  readonly mayGoOn: (() => Promise<boolean>) | undefined
  seen: string | undefined
  latest: LiveUsage | undefined
  isBeatDue: boolean
  ticks: number
  ended: boolean
  failure: unknown
  wake: () => void
}

/**
 * The live figures of organizations. While a stream is open, the figures are read once a second.
 * The read includes changes by other processes. Every stream gets the figures when they differ. A
 * slow reader skips updates and gets the latest one.
 */
export class LiveFeeds {
  readonly #read: (organizationId: string) => Promise<CurrentUsage>
  readonly #clock: Clock
  readonly #feeds = new Map<string, Set<Watcher>>()
  readonly #timers = new Map<string, () => void>()
  #isClosed = false

  constructor(parts: {
    readonly read: (organizationId: string) => Promise<CurrentUsage>
    readonly clock: Clock
  }) {
    this.#read = parts.read
    this.#clock = parts.clock
  }

  /** Yields the current figures, unless `after` names them, and then every change. */
  async watch(
    organizationId: string,
    { after, mayGoOn }: LiveInProcessOptions = {},
  ): Promise<AsyncIterableIterator<LiveUsage | LiveBeat>> {
    this.#refuseIfFull(organizationId)
    const first = figuresWithId(await this.#read(organizationId))
    // While the figures were read, other streams may have opened or the feeds may have closed.
    this.#refuseIfFull(organizationId)
    const watcher: Watcher = {
      mayGoOn,
      seen: after,
      latest: undefined,
      isBeatDue: false,
      ticks: 0,
      ended: false,
      failure: undefined,
      wake: () => {},
    }
    const watchers = this.#feeds.get(organizationId) ?? new Set()
    watchers.add(watcher)
    this.#feeds.set(organizationId, watchers)
    tell(watcher, first)
    if (!this.#timers.has(organizationId)) this.#schedule(organizationId)
    return taking(watcher, () => this.#leave(organizationId, watcher))
  }

  /** Ends all streams, and refuses new ones. */
  close(): void {
    this.#isClosed = true
    for (const cancel of this.#timers.values()) cancel()
    for (const watchers of this.#feeds.values()) for (const watcher of watchers) end(watcher)
    this.#timers.clear()
    this.#feeds.clear()
  }

  #refuseIfFull(organizationId: string): void {
    if (this.#isClosed) throw new TollgateError('unavailable', { detail: 'Tollgate is closing' })
    const open = this.#feeds.get(organizationId)?.size ?? 0
    if (open >= STREAMS_PER_ORGANIZATION) throw new TollgateError('too_many_streams')
  }

  #leave(organizationId: string, watcher: Watcher): void {
    const watchers = this.#feeds.get(organizationId)
    watchers?.delete(watcher)
    if (watchers?.size !== 0) return
    this.#feeds.delete(organizationId)
    this.#timers.get(organizationId)?.()
    this.#timers.delete(organizationId)
  }

  #schedule(organizationId: string): void {
    const cancel = this.#clock.after(EVERY_MS, () => void this.#tick(organizationId))
    this.#timers.set(organizationId, cancel)
  }

  /**
   * Reads once for all streams of the organization. The next read starts only when this one is
   * done.
   */
  async #tick(organizationId: string): Promise<void> {
    const watchers = this.#feeds.get(organizationId) ?? new Set()
    try {
      const now = figuresWithId(await this.#read(organizationId))
      await Promise.all([...watchers].map((watcher) => tickOf(watcher, now)))
    } catch (error) {
      // The client reconnects, and sends the id of the last figures that it saw.
      for (const watcher of watchers) end(watcher, error)
    }
    for (const watcher of watchers) if (watcher.ended) this.#leave(organizationId, watcher)
    if (watchers.size > 0 && this.#feeds.get(organizationId) === watchers) {
      this.#schedule(organizationId)
    }
  }
}

const tickOf = async (watcher: Watcher, now: LiveUsage): Promise<void> => {
  watcher.ticks += 1
  if (watcher.ticks % TICKS_PER_LOOK === 0 && !(await mayGoOn(watcher))) return end(watcher)
  tell(watcher, now)
  if (watcher.ticks % TICKS_PER_BEAT === 0) {
    watcher.isBeatDue = true
    watcher.wake()
  }
}

/** A check that fails counts as a refusal. */
const mayGoOn = async (watcher: Watcher): Promise<boolean> =>
  (await watcher.mayGoOn?.().catch(() => false)) ?? true

/** Queues the figures for the watcher, and replaces an update that it has not read. */
const tell = (watcher: Watcher, now: LiveUsage): void => {
  watcher.latest = now.id === watcher.seen ? undefined : now
  if (watcher.latest) watcher.wake()
}

const end = (watcher: Watcher, failure?: unknown): void => {
  watcher.ended = true
  watcher.failure = failure
  watcher.wake()
}

/** An iterator by hand, not a generator: `return` must end a pending wait at once. */
const taking = (
  watcher: Watcher,
  leave: () => void,
): AsyncIterableIterator<LiveUsage | LiveBeat> => {
  const iterator: AsyncIterableIterator<LiveUsage | LiveBeat> = {
    [Symbol.asyncIterator]: () => iterator,
    next: async () => {
      for (;;) {
        if (watcher.failure !== undefined) throw watcher.failure
        if (watcher.ended) return { value: undefined, done: true }
        const { latest } = watcher
        if (latest) {
          watcher.latest = undefined
          watcher.isBeatDue = false
          watcher.seen = latest.id
          return { value: latest, done: false }
        }
        if (watcher.isBeatDue) {
          watcher.isBeatDue = false
          return { value: { id: watcher.seen, figures: null }, done: false }
        }
        await new Promise<void>((resolve) => {
          watcher.wake = resolve
        })
      }
    },
    return: async () => {
      end(watcher)
      leave()
      return { value: undefined, done: true }
    },
  }
  return iterator
}

const figuresWithId = (figures: CurrentUsage): LiveUsage => ({ id: etagOf(figures), figures })

/** Yields the figures of an organization at once, and whenever they change. */
export const liveUsage = async (
  ctx: Context,
  input: Owned<LiveRequest>,
): Promise<AsyncIterableIterator<LiveUsage>> => withoutBeats(await liveWithBeats(ctx, input))

/** Like `liveUsage`, with a heartbeat every 15 seconds without a change. */
export const liveWithBeats = (
  ctx: Context,
  { organizationId, ...watching }: { readonly organizationId: string } & LiveInProcessOptions,
): Promise<AsyncIterableIterator<LiveUsage | LiveBeat>> =>
  ctx.reports.feeds.watch(organizationId, watching)

/** An iterator by hand, since a generator cannot be left while it waits. */
const withoutBeats = (
  feed: AsyncIterableIterator<LiveUsage | LiveBeat>,
): AsyncIterableIterator<LiveUsage> => {
  const told: AsyncIterableIterator<LiveUsage> = {
    [Symbol.asyncIterator]: () => told,
    next: async () => {
      for (;;) {
        const { value, done } = await feed.next()
        if (done) return { value: undefined, done }
        if (value.figures) return { value, done: false }
      }
    },
    return: async () => {
      await feed.return?.()
      return { value: undefined, done: true }
    },
  }
  return told
}
