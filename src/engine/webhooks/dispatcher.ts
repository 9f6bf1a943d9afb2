import { URGENT, URGENT_KINDS } from '../../core/severity.ts'
import { type ClaimedEndpoint, claimEndpoints, fanOut } from '../../storage/tables/dispatch.ts'
import type { Context } from '../context.ts'
import { LookWhileWanted } from '../look-while-wanted.ts'
import type { DeliveryBatches } from './delivery-batches.ts'

const EVENTS_AT_ONCE = 500
/** Endpoints that are sent to at once, not counting those that keep us waiting. */
const QUICK_TURNS = 128
const MOST_TURNS = 2_000
/** After so long an endpoint keeps us waiting, and another one may begin. */
const QUICK_MS = 1_000
/** So long people are told of nothing that is not urgent: what belongs to it goes with it. */
const GATHERED_MS = 60_000
/** No other process sends to an endpoint meanwhile. */
const LEASE_MS = 120_000
/** Nothing is begun later than this in a turn, so that it ends before its lease does. */
const LONGEST_TURN_MS = 60_000

type Parts = Pick<Context, 'db' | 'clock' | 'log' | 'ids' | 'measures'>

/** An endpoint's turn. */
export interface Turn {
  /** What came of it is written down only while this is the lease. */
  readonly lease: string
  /** Whether something more may be begun. */
  readonly goesOn: () => boolean
  /** Aborted: what is under way is to be left, and is sent again. */
  readonly signal: AbortSignal
}

/** Sends what is due to an endpoint of one channel, and writes down what came of it. */
export type Serve = (endpoint: ClaimedEndpoint, turn: Turn) => Promise<void>

/**
 * Sends what is to be told: writes the deliveries of new events, and takes endpoints on lease that
 * have something due. Any number of processes may do so on one database. An endpoint that does not
 * answer holds up nobody else: after a second another one begins in its place.
 */
export class Dispatcher {
  readonly #ctx: Parts
  readonly #batches: Pick<DeliveryBatches, 'release'>
  readonly #serving: ReadonlyMap<string, Serve>
  readonly #turns = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #slow = 0
  #isStopped = false
  /** Whether something may be due that was passed over, for want of room. */
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

  /** Begins what is due; whether there was something. */
  look(): Promise<boolean> {
    return this.#looks.look()
  }

  /** Sends everything that is due, and waits for it. */
  async finish(): Promise<void> {
    for (;;) {
      const began = await this.#begin()
      // What was begun meanwhile, since something was heard of, is among what is waited for.
      await this.#looks.settled()
      if (!began && this.#turns.size === 0) return
      await Promise.all(this.#turns)
    }
  }

  /** Begins nothing more; what is under way ends, or is cut after so long and sent again later. */
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

  /** There is room for another: it is looked for where there may be one. */
  #again(isDue = false): void {
    if (!isDue && !this.#isMore) return
    this.look().catch((error: unknown) => {
      this.#ctx.log.warn({ error }, 'deliveries could not be looked for; trying again later')
    })
  }

  /** Has an endpoint sent to, and gives it back; whether more of it is due already. */
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
