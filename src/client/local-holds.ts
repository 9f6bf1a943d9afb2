import { AMOUNT_FIELDS } from '../contract/amount-fields.ts'
import type { CallOptions, Replayable } from '../contract/call.ts'
import type { ReservationDecision, ReservationState } from '../contract/decision.ts'
import { invalid, TollgateError } from '../contract/errors.ts'
import type { Extension, HoldSettlement } from '../contract/hold.ts'
import type { Reservation } from '../contract/tollgate.ts'
import type { Amounts } from '../contract/usage.ts'
import { estimateOf } from '../facade/estimate.ts'
import { allowedAway, refusedAway } from './answers-away.ts'
import type { ClientClock } from './client-clock.ts'
import type { Ask } from './kept-use.ts'
import type { UseQueue } from './use-queue.ts'

/** A reservation with the id that the client sent. */
export type NamedReservation = Reservation & {
  readonly id: string
  readonly organizationId?: string | undefined
  readonly estimate?: Amounts['quantities']
}

interface LocalHold {
  readonly reservationId: string
  /** As it was sent, so that the server finds its own hold by it. */
  readonly request: NamedReservation
  readonly apiKeyId: string | undefined
  readonly timestamp: string
  readonly added: Extension[]
  /** The ids of its extensions. */
  readonly extensions: Set<string>
  expiresAtMs: number
  ended?: ReservationState
}

/** Like the server's default. */
const LIFE_MS = 600_000
/** The most holds to remember, open ones and ended ones. */
const MOST_HOLDS = 10_000

interface HoldsParts {
  readonly clock: ClientClock
  readonly queue: UseQueue
  readonly ask: Ask
  /** Whether calls like this one are allowed while Tollgate is unreachable. */
  readonly isOpen: (call: NamedReservation, options: CallOptions) => boolean
}

type ById = { readonly organizationId?: string; readonly reservationId: string }

/**
 * Holds that this client allowed while Tollgate was unreachable. The server does not know them.
 * Their use is queued when they are settled, and recorded under the id of the call. An expired hold
 * can still be settled, as on the server. They are in memory, like the queue.
 */
export class LocalHolds {
  readonly #parts: HoldsParts
  readonly #holds = new Map<string, LocalHold>()
  /** Holds by organization and id of the call. */
  readonly #byCall = new Map<string, LocalHold>()

  constructor(parts: HoldsParts) {
    this.#parts = parts
  }

  /** The first answer for an id; `undefined` if no hold was made here. */
  replay(request: NamedReservation): Replayable<ReservationDecision> | undefined {
    const hold = this.#byCall.get(callKey(request))
    return hold && this.#decision(hold, true)
  }

  /** Makes a hold. Refuses when too many are open. */
  open(
    request: NamedReservation,
    { apiKeyId }: CallOptions,
    waitMs: number,
  ): Replayable<ReservationDecision> {
    const now = this.#parts.clock.now()
    if (this.#holds.size >= MOST_HOLDS && !this.#forgetOne()) {
      return { ...refusedAway(request.id, waitMs), ...NOTHING_HELD }
    }
    const hold: LocalHold = {
      reservationId: crypto.randomUUID(),
      request: JSON.parse(JSON.stringify(request)),
      apiKeyId,
      timestamp: instantOf(request.timestamp ?? now),
      added: [],
      extensions: new Set(),
      expiresAtMs: now.getTime() + (request.expiresInMs ?? LIFE_MS),
    }
    this.#holds.set(hold.reservationId, hold)
    this.#byCall.set(callKey(request), hold)
    return this.#decision(hold, false)
  }

  /** `undefined` in these three: the hold is not from here. */
  extend(
    { id, expiresInMs, ...more }: ById & Extension,
    options: CallOptions,
  ): Replayable<ReservationDecision> | undefined {
    const hold = this.#find(more)
    if (!hold) return undefined
    if (hold.ended) throw ended(`the reservation is ${hold.ended.state}`)
    const key = id ?? options.idempotencyKey
    if (key !== undefined && hold.extensions.has(key)) return this.#decision(hold, true)
    const { organizationId: _, reservationId: __, ...amounts } = more
    const total = estimateOf([heldBy(hold.request), ...hold.added, amounts])
    const { apiKeyId } = hold
    // An extension that only lasts longer takes nothing.
    const takes = saysAmounts(amounts)
    const call = { ...hold.request, ...total, estimate: undefined }
    if (takes && !this.#parts.isOpen(call, { apiKeyId })) {
      return { ...refusedAway(hold.request.id, 0), ...this.#terms(hold) }
    }
    if (takes) hold.added.push(amounts)
    if (key !== undefined) hold.extensions.add(key)
    const untilMs = this.#nowMs() + (expiresInMs ?? LIFE_MS)
    hold.expiresAtMs = Math.max(hold.expiresAtMs, untilMs)
    return this.#decision(hold, false)
  }

  /** Queues the use. @throws TollgateError `overloaded` if the queue is full. */
  settle(input: ById & HoldSettlement): Replayable<ReservationState> | undefined {
    const hold = this.#find(input)
    if (!hold) return undefined
    if (hold.ended?.state === 'settled') return { ...hold.ended, replayed: true }
    if (hold.ended) throw ended('the reservation was released before')
    const { organizationId: _, reservationId: __, ...said } = input
    const used = saysAmounts(said) ? said : { ...said, ...this.#estimated(hold) }
    const { apiKeyId, request } = hold
    const { ask, queue } = this.#parts
    const isQueued = queue.keep({
      text: JSON.stringify(eventOf(hold, used)),
      apiKeyId,
      // The server made a hold for the call, but its answer was lost.
      orElse: async () => {
        const decision = (await ask('reserve', request, {
          apiKeyId,
          retries: 0,
        })) as ReservationDecision
        if (!decision.allowed) throw new TollgateError('unprocessable', { detail: decision.reason })
        const { organizationId } = request
        const { reservationId } = decision
        await ask('settle', { organizationId, reservationId, ...used }, { retries: 0 })
      },
    })
    if (!isQueued) {
      throw new TollgateError('overloaded', { detail: 'too many events wait to be recorded' })
    }
    return { ...this.#end(hold, 'settled', used), replayed: false }
  }

  /** Forgets the hold. If the server made one as well, that one expires. */
  release(input: ById): Replayable<ReservationState> | undefined {
    const hold = this.#find(input)
    if (!hold) return undefined
    if (hold.ended) return { ...hold.ended, replayed: true }
    return { ...this.#end(hold, 'released'), replayed: false }
  }

  #find({ organizationId, reservationId }: ById): LocalHold | undefined {
    const hold = this.#holds.get(reservationId)
    const isTheirs = organizationId === undefined || organizationId === hold?.request.organizationId
    return isTheirs ? hold : undefined
  }

  /** Forgets a hold that has ended, or else one that expired. Returns whether there was one. */
  #forgetOne(): boolean {
    const nowMs = this.#nowMs()
    let oldest: LocalHold | undefined
    for (const hold of this.#holds.values()) {
      if (hold.expiresAtMs <= nowMs) oldest ??= hold
      if (!hold.ended) continue
      // An ended hold has no use left to lose.
      oldest = hold
      break
    }
    if (!oldest) return false
    this.#holds.delete(oldest.reservationId)
    this.#byCall.delete(callKey(oldest.request))
    return true
  }

  #estimated({ request, added }: LocalHold): HoldSettlement {
    const amounts = estimateOf([heldBy(request), ...added])
    // A call with fixed amounts has nothing to estimate.
    return Object.keys(amounts).length > 0 ? { ...amounts, estimated: true } : {}
  }

  #end(
    hold: LocalHold,
    state: 'settled' | 'released',
    used: HoldSettlement | undefined = undefined,
  ): ReservationState {
    hold.ended = {
      reservationId: hold.reservationId,
      organizationId: hold.request.organizationId ?? '',
      state,
      expiresAt: new Date(hold.expiresAtMs).toISOString(),
      held: numbersOf(estimateOf([heldBy(hold.request), ...hold.added])),
      settled: used ? numbersOf(used) : null,
      overshoot: {},
      late: used !== undefined && hold.expiresAtMs <= this.#nowMs(),
      usage: {
        creditsConsumed: 0,
        remainingCredits: null,
        usageEventId: used ? hold.request.id : null,
      },
    }
    return hold.ended
  }

  #decision(hold: LocalHold, replayed: boolean): Replayable<ReservationDecision> {
    return { ...allowedAway(hold.request.id, null), replayed, ...this.#terms(hold) }
  }

  #terms({ reservationId, expiresAtMs }: LocalHold) {
    const expiresInMs = Math.max(0, expiresAtMs - this.#nowMs())
    return { reservationId, expiresAt: new Date(expiresAtMs).toISOString(), expiresInMs }
  }

  #nowMs(): number {
    return this.#parts.clock.now().getTime()
  }
}

/** The terms of a decision that holds nothing. */
export const NOTHING_HELD = { reservationId: null, expiresAt: null, expiresInMs: null }

const instantOf = (timestamp: string | Date): string => {
  const at = new Date(timestamp)
  if (Number.isNaN(at.getTime())) throw invalid({ field: 'timestamp', message: 'is not a time' })
  return at.toISOString()
}

const callKey = ({ organizationId, id }: NamedReservation): string =>
  JSON.stringify([organizationId, id])

/** The estimate of a call, by whichever name it was given. */
const heldBy = ({ estimate, ...call }: NamedReservation): Amounts =>
  estimate ? { ...call, quantities: estimate } : call

const saysAmounts = (used: Amounts): boolean =>
  AMOUNT_FIELDS.some((field) => used[field] != null) ||
  Object.keys(used.quantities ?? {}).length > 0

const numbersOf = ({ quantities = {} }: Amounts): Record<string, number> =>
  Object.fromEntries(
    Object.entries(quantities).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    ),
  )

/** The event that the server would record for such a settlement. */
const eventOf = (
  { request, timestamp }: LocalHold,
  { estimated, ...used }: HoldSettlement,
): object => {
  const { estimate: _, expiresInMs: __, quantities: ___, ...call } = request
  const kept = Object.fromEntries(
    Object.entries(call).filter(([name]) => !AMOUNT_FIELDS.some((field) => field === name)),
  )
  const properties = used.properties ?? request.properties
  return {
    ...kept,
    provider: providerOf(request, used),
    ...used,
    timestamp,
    properties: estimated ? { ...properties, estimated } : properties,
  }
}

/**
 * The server keeps the provider of the call if it has a price for the model that answered. Prices
 * are not known here. A longer name, such as one with a date, is a version of the same model.
 */
const providerOf = (
  { model: asked, provider }: NamedReservation,
  { model }: HoldSettlement,
): string | null | undefined =>
  model == null || (asked != null && model.startsWith(asked)) ? provider : undefined

const ended = (detail: string): TollgateError => new TollgateError('reservation_ended', { detail })
