/// <reference lib="esnext.disposable" preserve="true" />
import type { CallOptions } from '../contract/call.ts'
import { TollgateError } from '../contract/errors.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import type { Call } from '../contract/usage.ts'
import { buildTollgate } from '../facade/build.ts'
import { systemTimers } from '../facade/timers.ts'
import type { ClientActions } from './client-actions.ts'
import type { ClientClock } from './client-clock.ts'
import { WIRE } from './generated/wire.ts'
import type { Ask, KeptUse } from './kept-use.ts'
import { requestOf } from './request.ts'
import { createTransport, responseOf, type TransportOptions } from './transport.ts'
import type { BatchOptions } from './use-queue.ts'
import { wireOperation } from './wire-operation.ts'

export interface ClientOptions extends TransportOptions {
  /**
   * The organization of calls that do not name one. With an API key, it must be the key's own,
   * because paths contain it.
   */
  readonly organizationId?: string
  /** How `enqueue` batches use, and how much it queues. */
  readonly batch?: BatchOptions
  /**
   * How `track`, `reserve` and `run` behave while Tollgate is unreachable or cannot decide. `throw`
   * (the default) throws the error. `policy` follows the `onFailure` of each limit, and needs the
   * scope `usage.record`.
   * If all limits of an event type are open, the call is allowed, marked `degraded`, and recorded
   * later under its id; a hold, once it is settled. Otherwise it is refused with the reason
   * `unavailable`. So are kinds of calls that this client has never seen allowed.
   */
  readonly whenAway?: 'throw' | 'policy'
  /** The clock, and the queue's timer. Default: the platform's own. */
  readonly clock?: ClientClock
}

/** `Tollgate` over HTTP, with a queue for use that may be recorded a little later. */
export interface TollgateClient extends Tollgate {
  /**
   * Queues use, to be recorded in batches (option `batch`). Resolves when it is in the queue. The
   * queue is in memory, so call `close()` before the process ends, or unsent use is lost.
   * The event gets its id and timestamp now, so it counts once however often it is sent. If this
   * machine's clock is more than five minutes fast, the server refuses the event (`onLost`).
   *
   * @throws TollgateError `overloaded` where the queue is full and `onOverflow` is `reject`.
   */
  enqueue(input: Call, options?: CallOptions): Promise<void>
  /**
   * Sends the queue. Rejects if that is not possible now; the events then stay queued and are
   * retried automatically.
   */
  flush(): Promise<void>
  /**
   * Settles the finished runs that wait, and prints what it could not settle. Then stops queueing
   * and sends the queue, and passes the rest to `batch.onLost` and rejects with the reason. Each of
   * the two begins no request after `withinMs` (default 10 seconds).
   */
  close(options?: { readonly withinMs?: number }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Creates a client for an engine behind HTTP. It retries calls that may be repeated: reads, and
 * calls with an id. Without an id, the client generates one, so that a call counts once however
 * often it is sent. `retries: 0` sends each call once and generates no ids.
 *
 * @example
 * ```ts
 * const tollgate = createClient({
 *   url: 'http://127.0.0.1:4000',
 *   key: process.env.TOLLGATE_SERVICE_KEY,
 *   organizationId: 'acme',
 * })
 * const decision = await tollgate.track({ eventType: 'api_call' })
 * if (!decision.allowed) console.log(decision.reason, decision.retryAfter)
 * ```
 */
export const createClient = (options: ClientOptions): TollgateClient => {
  const { organizationId } = options
  const send = createTransport(options)
  const ask: Ask = (name, input, given) => {
    const operation = wireOperation(WIRE[name] as string)
    const retries = given.retries ?? options.retries
    const sent = requestOf(operation, input, { ...given, retries }, organizationId)
    if (sent === undefined) return Promise.resolve(NOTHING_RECORDED)
    if (given.apiKeyId === undefined) return send(operation, sent, given)
    return import('./api-key-id.ts').then(({ withApiKeyId }) =>
      send(operation, withApiKeyId(sent, given), given),
    )
  }
  let kept: Promise<KeptUse> | undefined
  // Loaded on demand, because most clients queue nothing.
  const keptUse = (): Promise<KeptUse> => {
    kept ??= import('./kept-use.ts').then((loaded) =>
      loaded.createKeptUse(options, { ask, responseOf, timers: systemTimers }),
    )
    return kept
  }
  const followsPolicy = options.whenAway === 'policy'
  // Loaded now, while the server of the code is still reachable.
  if (followsPolicy) keptUse().catch(() => undefined)
  let acting: Promise<ClientActions> | undefined
  const actions = (): Promise<ClientActions> => {
    acting ??= import('./client-actions.ts').then((loaded) =>
      loaded.clientActions(options.clock ?? systemTimers),
    )
    return acting
  }
  const tollgate = buildTollgate({
    names: Object.entries(WIRE).map(([name, line]) => [name, wireOperation(line).page] as const),
    organizationId,
    timers: systemTimers,
    actions: async () => (await actions()).actions,
    call: async (name, input, given) =>
      followsPolicy && GATE.test(name)
        ? (await keptUse()).call(name, input, given)
        : ask(name, input, given),
    settlements: async () => (await actions()).settlements,
    as: () => {
      throw new TollgateError('unprocessable', { detail: 'over HTTP, the key decides who calls' })
    },
  })
  const close: TollgateClient['close'] = async (given) => {
    await (await acting)?.settlements.close(given)
    await (await kept)?.queue.close(given)
  }
  return Object.assign(tollgate, {
    enqueue: async (input: Call, given?: CallOptions) => (await keptUse()).enqueue(input, given),
    flush: async () => (await kept)?.queue.flush(),
    close,
    [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]: () => close(),
  }) as TollgateClient
}

/** The operations that are answered here while Tollgate is unreachable. */
const GATE = /^(track|reserve|extend|settle|release)$/
const NOTHING_RECORDED = { accepted: 0, duplicates: 0, rejected: [] }
