import type { PostOutcome } from '../../connectors/outbound/guarded-post.ts'
import {
  type ClaimedEndpoint,
  claimEndpoints,
  type DueDelivery,
  dueDeliveries,
  fanOut,
  isStillLeased,
  releaseEndpoint,
} from '../../storage/tables/dispatch.ts'
import type { Context } from '../context.ts'
import type { Send } from './send-webhook.ts'
import { writeTry } from './write-try.ts'

const EVENTS_AT_ONCE = 500
/** Endpoints that are sent to at once, not counting those that keep us waiting. */
const QUICK_TURNS = 128
const MOST_TURNS = 2_000
/** After so long an endpoint keeps us waiting, and another one may begin. */
const QUICK_MS = 1_000
/** Deliveries under way at once to one endpoint, and to one that failed last. */
const AT_ONCE = 8
const AT_ONCE_FAILING = 2
/** So many in one turn; what is left is for the next, when others had theirs. */
const MOST_A_TURN = 200
const FETCHED = 50
/** No other process sends to an endpoint meanwhile. */
const LEASE_MS = 120_000
/** Nothing is begun later than this in a turn, so that it ends before its lease does. */
const LONGEST_TURN_MS = 60_000

type Parts = Pick<Context, 'db' | 'clock' | 'log' | 'ids'>

/**
 * Sends what is to be told: writes the deliveries of new events, and takes endpoints on lease that
 * have something due. Any number of processes may do so on one database. An endpoint that does not
 * answer holds up nobody else: after a second another one begins in its place.
 */
export class Dispatcher {
  readonly #ctx: Parts
  readonly #senders: ReadonlyMap<string, Send>
  readonly #turns = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #slow = 0
  #isStopped = false
  #looking: Promise<boolean> | undefined
  #isWanted = false

  constructor(ctx: Parts, senders: ReadonlyMap<string, Send>) {
    this.#ctx = ctx
    this.#senders = senders
  }

  /** Begins what is due; whether there was something. */
  look(): Promise<boolean> {
    this.#isWanted = true
    this.#looking ??= this.#lookWhileWanted().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Once more where something was heard of while it looked. */
  async #lookWhileWanted(): Promise<boolean> {
    let began = false
    while (this.#isWanted) {
      this.#isWanted = false
      began = (await this.#begin()) || began
    }
    return began
  }

  /** Sends everything that is due, and waits for it. */
  async finish(): Promise<void> {
    for (;;) {
      const began = await this.#begin()
      // What was begun meanwhile, since something was heard of, is among what is waited for.
      await this.#looking
      if (!began && this.#turns.size === 0) return
      await Promise.all(this.#turns)
    }
  }

  /** Begins nothing more; what is under way ends, or is cut after so long and sent again later. */
  async stop(withinMs: number): Promise<void> {
    this.#isStopped = true
    const cancel = this.#ctx.clock.after(withinMs, () => this.#stopping.abort())
    await this.#looking?.catch(() => {})
    await Promise.all(this.#turns)
    cancel()
  }

  async #begin(): Promise<boolean> {
    const { db, clock, ids } = this.#ctx
    if (this.#isStopped) return false
    let events = 0
    for (let fresh = EVENTS_AT_ONCE; fresh === EVENTS_AT_ONCE; ) {
      fresh = await fanOut(db, clock.now(), EVENTS_AT_ONCE)
      events += fresh
    }
    const limit = Math.min(
      QUICK_TURNS - (this.#turns.size - this.#slow),
      MOST_TURNS - this.#turns.size,
    )
    if (limit <= 0 || this.#isStopped) return events > 0
    const at = clock.now()
    const until = new Date(at.getTime() + LEASE_MS)
    const lease = ids()
    const channels = [...this.#senders.keys()]
    const claimed = await claimEndpoints(db, { channels, lease, at, until, limit })
    for (const endpoint of claimed) this.#takeTurn(endpoint, lease, at)
    return claimed.length > 0 || events > 0
  }

  #takeTurn(endpoint: ClaimedEndpoint, lease: string, at: Date): void {
    const { clock, log } = this.#ctx
    let isSlow = false
    const cancel = clock.after(QUICK_MS, () => {
      isSlow = true
      this.#slow += 1
      this.#again()
    })
    const turn = this.#serve(endpoint, lease, at)
      .catch((error: unknown) => {
        log.warn({ error, endpointId: endpoint.id }, 'an endpoint could not be sent to')
      })
      .finally(() => {
        cancel()
        if (isSlow) this.#slow -= 1
        this.#turns.delete(turn)
        this.#again()
      })
    this.#turns.add(turn)
  }

  /** There is room for another. */
  #again(): void {
    this.look().catch((error: unknown) => {
      this.#ctx.log.warn({ error }, 'deliveries could not be looked for; trying again later')
    })
  }

  /** Sends what is due of one endpoint, some at once, and gives it back. */
  async #serve(endpoint: ClaimedEndpoint, lease: string, began: Date): Promise<void> {
    const { db, clock } = this.#ctx
    const atOnce = endpoint.failing_since === null ? AT_ONCE : AT_ONCE_FAILING
    const underWay = new Map<string, Promise<void>>()
    let waiting: DueDelivery[] = []
    let sent = 0
    let isOver = false
    const goesOn = () =>
      !this.#isStopped &&
      !isOver &&
      sent < MOST_A_TURN &&
      clock.now().getTime() - began.getTime() < LONGEST_TURN_MS
    try {
      for (;;) {
        if (waiting.length === 0 && goesOn()) {
          const due = { at: clock.now(), except: [...underWay.keys()], limit: FETCHED }
          waiting = await dueDeliveries(db, endpoint.id, due)
        }
        while (waiting.length > 0 && underWay.size < atOnce && goesOn()) {
          const delivery = waiting.shift() as DueDelivery
          sent += 1
          const id = delivery.delivery_id
          const trying = this.#try(endpoint, delivery, lease).then((mayGoOn) => {
            isOver ||= !mayGoOn
            underWay.delete(id)
          })
          underWay.set(id, trying)
        }
        if (underWay.size === 0) return
        await Promise.race(underWay.values())
        if (!goesOn()) waiting = []
      }
    } finally {
      await Promise.all(underWay.values())
      // Locked first: what is written meanwhile must be seen by the statement that looks for it.
      await db.transaction(async (tx) => {
        if (await isStillLeased(tx, endpoint.id, lease)) {
          await releaseEndpoint(tx, endpoint.id, lease)
        }
      })
    }
  }

  /** Whether the turn may go on. Never throws: what cannot be written down is tried again later. */
  async #try(endpoint: ClaimedEndpoint, delivery: DueDelivery, lease: string): Promise<boolean> {
    const { clock, log } = this.#ctx
    const triedAt = clock.now()
    const { signal } = this.#stopping
    try {
      const send = this.#senders.get(endpoint.channel) as Send
      const outcome: PostOutcome = await send(endpoint, delivery, signal)
      // Cut by ourselves: nobody knows whether it came through, and it is sent again.
      if (signal.aborted && outcome.status === null) return false
      const tookMs = clock.now().getTime() - triedAt.getTime()
      return await writeTry(this.#ctx, lease, { endpoint, delivery, outcome, triedAt, tookMs })
    } catch (error) {
      log.warn({ error, deliveryId: delivery.delivery_id }, 'a delivery could not be made')
      return false
    }
  }
}
