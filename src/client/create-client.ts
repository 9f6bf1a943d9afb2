/// <reference lib="esnext.disposable" preserve="true" />
import type { CallOptions } from '../contract/call.ts'
import { TollgateError } from '../contract/errors.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import type { Call } from '../contract/usage.ts'
import { buildTollgate } from '../facade/build.ts'
import type { LateSettlements } from '../facade/late-settlements.ts'
import { systemTimers } from '../facade/timers.ts'
import type { ClientClock } from './client-clock.ts'
import { WIRE } from './generated/wire.ts'
import type { Ask, KeptUse } from './kept-use.ts'
import { requestOf } from './request.ts'
import { createTransport, responseOf, type TransportOptions } from './transport.ts'
import type { BatchOptions } from './use-queue.ts'
import { wireOperation } from './wire-operation.ts'

export interface ClientOptions extends TransportOptions {
  /**
   * Whom calls are about that do not say it. With an API key, the key's own organization: paths
   * name it.
   */
  readonly organizationId?: string
  /** How `enqueue` records, and how much it keeps. */
  readonly batch?: BatchOptions
  /**
   * What becomes of `track` while Tollgate cannot be reached, or cannot decide. `throw` (the
   * default): its error. `policy`: as each limit says by `onFailure`. Where all limits of an event
   * type are open, the call is let through, `degraded`, and recorded later under its id; any other
   * is refused with `unavailable`. Needs the scope `usage.record`. What was never let through since
   * the client was made is refused.
   */
  readonly whenAway?: 'throw' | 'policy'
  /** The time, and how the queue waits. Default: the platform's own. */
  readonly clock?: ClientClock
}

/** `Tollgate` over HTTP, with a queue for what may be recorded a little later. */
export interface TollgateClient extends Tollgate {
  /**
   * Queues use to be recorded with others, as `batch` says. Resolves when it is in the queue, which
   * is in memory: what was not sent when the process ends is lost, so `close()` before. It has an id
   * and a timestamp from then on, and counts once however often it is sent. The timestamp is of this
   * machine's clock: where that is five minutes fast, the server refuses the event (`onLost`).
   *
   * @throws TollgateError `overloaded` where the queue is full and `onOverflow` is `reject`.
   */
  enqueue(input: Call, options?: CallOptions): Promise<void>
  /**
   * Sends what is queued. Rejects where that is not possible now; it stays queued then, and is sent
   * again by itself.
   */
  flush(): Promise<void>
  /**
   * Queues no more, and sends what is queued. Tries for `withinMs`, 10 seconds unless given. Then
   * what is left is given to `batch.onLost`, and it rejects with the reason.
   */
  close(options?: { readonly withinMs?: number }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Reaches an engine behind HTTP. Tries again what may be sent twice: reads, and whatever has an id,
 * which is made here where none is given, so that a call counts once however often it is sent.
 * `retries: 0` sends each call once and makes no ids.
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
    return sent === undefined ? Promise.resolve(NOTHING_RECORDED) : send(operation, sent, given)
  }
  let kept: Promise<KeptUse> | undefined
  // Most clients queue nothing.
  const keptUse = (): Promise<KeptUse> => {
    kept ??= import('./kept-use.ts').then((loaded) =>
      loaded.createKeptUse(options, { ask, responseOf, timers: systemTimers }),
    )
    return kept
  }
  const followsPolicy = options.whenAway === 'policy'
  // While it can still be loaded.
  if (followsPolicy) keptUse().catch(() => undefined)
  let settling: Promise<LateSettlements> | undefined
  const settlements = (): Promise<LateSettlements> => {
    settling ??= actions().then(
      (loaded) =>
        new loaded.LateSettlements({
          timers: options.clock ?? systemTimers,
          onUnsettled: (error, { reservationId }) =>
            console.error(`tollgate: the use of the hold ${reservationId} is lost`, error),
        }),
    )
    return settling
  }
  const tollgate = buildTollgate({
    names: Object.entries(WIRE).map(([name, line]) => [name, wireOperation(line).page] as const),
    organizationId,
    timers: systemTimers,
    actions,
    call: async (name, input, given) =>
      followsPolicy && name === 'track'
        ? (await keptUse()).track(input as Call, given)
        : ask(name, input, given),
    settlements,
    as: () => {
      throw new TollgateError('unprocessable', { detail: 'over HTTP the key says who calls' })
    },
  })
  const close: TollgateClient['close'] = async (given) => {
    await (await settling)?.close()
    await (await kept)?.queue.close(given)
  }
  return Object.assign(tollgate, {
    enqueue: async (input: Call, given?: CallOptions) => (await keptUse()).enqueue(input, given),
    flush: async () => (await kept)?.queue.flush(),
    close,
    [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]: () => close(),
  }) as TollgateClient
}

/** In a browser most pages only read. */
const actions = () => import('../facade/actions.ts')

const NOTHING_RECORDED = { accepted: 0, duplicates: 0, rejected: [] }
