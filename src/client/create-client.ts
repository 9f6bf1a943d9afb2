/// <reference lib="esnext.disposable" preserve="true" />
import type { CallOptions } from '../contract/call.ts'
import { TollgateError } from '../contract/errors.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import type { Call } from '../contract/usage.ts'
import { buildTollgate } from '../facade/build.ts'
import type { ClientClock } from './client-clock.ts'
import { HOT } from './generated/hot-path.ts'
import type { Ask } from './kept-use.ts'
import { lateRegistries } from './late-registries.ts'
import { namesOf } from './names.ts'
import { onDemand } from './on-demand.ts'
import { requestOf } from './request.ts'
import { createTransport, responseOf, type TransportOptions } from './transport.ts'
import type { BatchOptions } from './use-queue.ts'

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
  const late = onDemand(
    () => import('./late-operations.ts'),
    (module) => module,
  )
  const actions = onDemand(
    () => import('./client-actions.ts'),
    ({ clientActions }) => clientActions(options),
  )
  const kept = onDemand(
    () => import('./kept-use.ts'),
    ({ createKeptUse }) => createKeptUse(options, { ask, responseOf }),
  )
  const ask: Ask = async (name, input, given) => {
    const operation = HOT[name] ?? (await late.load()).lateOperation(name)
    const retries = given.retries ?? options.retries
    const sent = requestOf(operation, input, { ...given, retries }, organizationId)
    if (sent === undefined) return { accepted: 0, duplicates: 0, rejected: [] }
    if (given.apiKeyId === undefined) return send(operation, sent, given)
    return send(operation, (await late.load()).withApiKeyId(sent, given), given)
  }
  const followsPolicy = options.whenAway === 'policy'
  if (followsPolicy) {
    // Loaded now, while the server of the code is still reachable.
    for (const part of [late, actions, kept]) part.load().catch(() => undefined)
  }
  const tollgate = buildTollgate({
    names: namesOf(),
    actions: async (act) => act(await actions.load()),
    registries: (tollgate) =>
      lateRegistries(async () => (await late.load()).registriesOf(tollgate)),
    items: async () => (await late.load()).itemsOf,
    call: async (name, input, given) => {
      // A copy, because the caller may change its object while code is loaded.
      const copy = Array.isArray(input) ? input : { ...(input as object) }
      return followsPolicy ? (await kept.load()).call(name, copy, given) : ask(name, copy, given)
    },
    as: () => {
      throw new TollgateError('unprocessable', { detail: 'over HTTP, the key decides who calls' })
    },
  })
  const close: TollgateClient['close'] = async (given) => {
    await (await actions.loaded())?.settlements.close(given)
    await (await kept.loaded())?.queue.close(given)
  }
  return Object.assign(tollgate, {
    enqueue: async (input: Call, given?: CallOptions) => (await kept.load()).enqueue(input, given),
    flush: async () => (await kept.loaded())?.queue.flush(),
    close,
    [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]: () => close(),
  }) as TollgateClient
}
