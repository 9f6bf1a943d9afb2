import type { Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { CurrentUsage } from '../../contract/tenancy.ts'
import type { LiveRequest, LiveUsage } from '../../contract/usage-reports.ts'
import type { Clock } from '../clock.ts'
import type { Context } from '../context.ts'
import { etagOf } from './etag.ts'

/** How often figures are read, at most, however many streams there are. */
const EVERY_MS = 1_000
const TICKS_PER_BEAT = 15
const TICKS_PER_LOOK = 5
const STREAMS_PER_ORGANIZATION = 50

/** What is told when nothing has changed for a while, so that the line is not taken for dead. */
export interface LiveBeat {
  readonly id: string | undefined
  readonly figures: null
}

/** How a live stream is kept up by a door. */
export interface LiveInProcessOptions {
  /** The `id` of what was seen last: nothing is sent until there is something else to send. */
  readonly after?: string | undefined
  /** Asked every few seconds; when it says no, the stream ends. */
  readonly mayGoOn?: (() => Promise<boolean>) | undefined
}

/** One who watches. What it was told of last and what there is to tell: never more than one thing. */
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
 * The live figures of organizations. While anyone watches one, its figures are read once a second,
 * also what other processes changed, and everyone is told when they differ. Who does not take it
 * finds the latest when they do.
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

  /** The figures now, if they are not those that were seen, and then whenever they change. */
  async watch(
    organizationId: string,
    { after, mayGoOn }: LiveInProcessOptions = {},
  ): Promise<AsyncIterableIterator<LiveUsage | LiveBeat>> {
    this.#refuseIfFull(organizationId)
    const first = figuresWithId(await this.#read(organizationId))
    // Others may have come, or the end, while the figures were read.
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

  /** Ends all of them, and begins no more. */
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

  /** Reads once for all of them. The next reading waits until this one is done. */
  async #tick(organizationId: string): Promise<void> {
    const watchers = this.#feeds.get(organizationId) ?? new Set()
    try {
      const now = figuresWithId(await this.#read(organizationId))
      await Promise.all([...watchers].map((watcher) => tickOf(watcher, now)))
    } catch (error) {
      // Whoever watched connects again, and says what was seen last.
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

/** Who cannot be asked about may not. */
const mayGoOn = async (watcher: Watcher): Promise<boolean> =>
  (await watcher.mayGoOn?.().catch(() => false)) ?? true

/** Leaves the figures for the watcher, in the place of any that it has not taken. */
const tell = (watcher: Watcher, now: LiveUsage): void => {
  watcher.latest = now.id === watcher.seen ? undefined : now
  if (watcher.latest) watcher.wake()
}

const end = (watcher: Watcher, failure?: unknown): void => {
  watcher.ended = true
  watcher.failure = failure
  watcher.wake()
}

/** By hand and no generator: to leave must end a wait at once, not after what is waited for. */
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

/** The figures of an organization, at once and whenever they change. */
export const liveUsage = async (
  ctx: Context,
  input: Owned<LiveRequest>,
): Promise<AsyncIterableIterator<LiveUsage>> => withoutBeats(await liveWithBeats(ctx, input))

/** The same with a beat every 15 seconds in which there was nothing to tell. */
export const liveWithBeats = (
  ctx: Context,
  { organizationId, ...watching }: { readonly organizationId: string } & LiveInProcessOptions,
): Promise<AsyncIterableIterator<LiveUsage | LiveBeat>> =>
  ctx.reports.feeds.watch(organizationId, watching)

/** By hand and no generator, which could not be left while it waits. */
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
