import { URGENT, URGENT_KINDS } from '../../core/severity.ts'
import { type ClaimedEndpoint, claimEndpoints, fanOut } from '../../storage/tables/dispatch.ts'
import type { Context } from '../context.ts'
import { LookWhileWanted } from '../look-while-wanted.ts'
import type { DeliveryBatches } from './delivery-batches.ts'

const EVENTS_AT_ONCE = 500
/** The most concurrent turns, not counting the slow ones. */
const QUICK_TURNS = 128
const MOST_TURNS = 2_000
/** A turn counts as slow after this time, and another one may start. */
const QUICK_MS = 1_000
/** Notices that are not urgent wait this long, so that related ones go into the same message. */
const GATHERED_MS = 60_000
/** The time for which no other process may send to a claimed endpoint. */
const LEASE_MS = 120_000
/** A turn starts nothing after this time, so that it ends before its lease expires. */
const LONGEST_TURN_MS = 60_000

type Parts = Pick<Context, 'db' | 'clock' | 'log' | 'ids' | 'measures'>

/** One turn of an endpoint. */
export interface Turn {
  /** Outcomes are only stored while the endpoint has this lease. */
  readonly lease: string
  /** True while the turn may start more deliveries. */
  readonly goesOn: () => boolean
  /** When it aborts, the requests in progress are cancelled and sent again later. */
  readonly signal: AbortSignal
}

/** Sends the due deliveries of an endpoint, and stores their outcomes. */
export type Serve = (endpoint: ClaimedEndpoint, turn: Turn) => Promise<void>

/**
 * Delivers events: it creates the deliveries of new events, and leases endpoints that have due
 * ones. Any number of processes may run one on the same database. An endpoint that does not answer
 * blocks nobody: after a second, another turn starts beside it.
 */
export class Dispatcher {
  readonly #ctx: Parts
  readonly #batches: Pick<DeliveryBatches, 'release'>
  readonly #serving: ReadonlyMap<string, Serve>
  readonly #turns = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #slow = 0
  #isStopped = false
  /** True if due endpoints may have been skipped for lack of capacity. */
  #isMore = false
  readonly #looks = new LookWhileWanted(() => this.#begin())

  constructor(
    ctx: Parts,
    batches: Pick<DeliveryBatches, 'release'>,
    serving: ReadonlyMap<string, Serve>,
  ) {
    this.#ctx = ctx
    this.#batches = batches
    this.#serving = serving
  }

  /** Starts the due deliveries. Returns true if it started at least one. */
  look(): Promise<boolean> {
    return this.#looks.look()
  }

  /** Sends everything that is due, and waits for it. */
  async finish(): Promise<void> {
    for (;;) {
      const began = await this.#begin()
      // Also waits for turns that a notification has started meanwhile.
      await this.#looks.settled()
      if (!began && this.#turns.size === 0) return
      await Promise.all(this.#turns)
    }
  }

  /**
   * Starts nothing more. Requests in progress may finish within the time. After that they are
   * aborted, and sent again later.
   */
  async stop(withinMs: number): Promise<void> {
    this.#isStopped = true
    const cancel = this.#ctx.clock.after(withinMs, () => this.#stopping.abort())
    await this.#looks.settled().catch(() => {})
    await Promise.all(this.#turns)
    cancel()
  }

  async #begin(): Promise<boolean> {
    const { db, clock, ids, measures } = this.#ctx
    if (this.#isStopped) return false
    let events = 0
    for (let fresh = EVENTS_AT_ONCE; fresh === EVENTS_AT_ONCE; ) {
      const at = clock.now()
      const fanned = await fanOut(db, {
        at,
        limit: EVENTS_AT_ONCE,
        gatheredUntil: new Date(at.getTime() + GATHERED_MS),
        urgent: { kinds: URGENT_KINDS, severity: URGENT },
      })
      fresh = fanned.events
      events += fresh
      for (const alerts of fanned.alerts) measures.tell({ of: 'alerts', ...alerts })
    }
    const limit = Math.min(
      QUICK_TURNS - (this.#turns.size - this.#slow),
      MOST_TURNS - this.#turns.size,
    )
    this.#isMore = limit <= 0
    if (limit <= 0 || this.#isStopped) return events > 0
    const at = clock.now()
    const until = new Date(at.getTime() + LEASE_MS)
    const lease = ids()
    const channels = [...this.#serving.keys()]
    const claimed = await claimEndpoints(db, { channels, lease, at, until, limit })
    this.#isMore = claimed.length === limit
    for (const endpoint of claimed) this.#takeTurn(endpoint, lease, at)
    return claimed.length > 0 || events > 0
  }

  #takeTurn(endpoint: ClaimedEndpoint, lease: string, at: Date): void {
    const { clock, log } = this.#ctx
    let isSlow = false
    let isDue = false
    const cancel = clock.after(QUICK_MS, () => {
      isSlow = true
      this.#slow += 1
      this.#again()
    })
    const turn = this.#serve(endpoint, lease, at)
      .then((isDueAgain) => {
        isDue = isDueAgain
      })
      .catch((error: unknown) => {
        log.warn({ error, endpointId: endpoint.id }, 'an endpoint could not be sent to')
      })
      .finally(() => {
        cancel()
        if (isSlow) this.#slow -= 1
        this.#turns.delete(turn)
        this.#again(isDue)
      })
    this.#turns.add(turn)
  }

  /** A turn has ended or become slow: looks for more work if there may be any. */
  #again(isDue = false): void {
    if (!isDue && !this.#isMore) return
    this.look().catch((error: unknown) => {
      this.#ctx.log.warn({ error }, 'deliveries could not be looked for; trying again later')
    })
  }

  /**
   * Runs one turn and releases the endpoint. Returns true if it already has another due delivery.
   */
  async #serve(endpoint: ClaimedEndpoint, lease: string, began: Date): Promise<boolean> {
    const { clock } = this.#ctx
    let isDue = false
    const goesOn = () =>
      !this.#isStopped && clock.now().getTime() - began.getTime() < LONGEST_TURN_MS
    try {
      const serve = this.#serving.get(endpoint.channel) as Serve
      await serve(endpoint, { lease, goesOn, signal: this.#stopping.signal })
    } finally {
      isDue = await this.#batches.release(endpoint.id, lease)
    }
    return isDue
  }
}
