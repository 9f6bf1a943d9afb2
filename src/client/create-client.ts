import { TollgateError } from '../contract/errors.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import { buildTollgate } from '../facade/build.ts'
import { systemTimers } from '../facade/timers.ts'
import { WIRE } from './generated/wire.ts'
import { requestOf } from './request.ts'
import { createTransport, type TransportOptions } from './transport.ts'
import { wireOperation } from './wire-operation.ts'

export interface ClientOptions extends TransportOptions {
  /**
   * Whom calls are about that do not say it. With an API key, the key's own organization: paths
   * name it.
   */
  readonly organizationId?: string
}

/** `Tollgate` over HTTP. */
export type TollgateClient = Tollgate

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
  return buildTollgate({
    names: Object.entries(WIRE).map(([name, line]) => [name, wireOperation(line).page] as const),
    organizationId,
    timers: systemTimers,
    // In a browser most pages only read.
    actions: () => import('../facade/actions.ts'),
    call: (name, input, given) => {
      const operation = wireOperation(WIRE[name] as string)
      const retries = given.retries ?? options.retries
      const sent = requestOf(operation, input, { ...given, retries }, organizationId)
      return sent === undefined ? Promise.resolve(NOTHING_RECORDED) : send(operation, sent, given)
    },
    onUnsettled: (error, { reservationId }) =>
      console.warn(`tollgate: the hold ${reservationId} could not be settled, and expires`, error),
    as: () => {
      throw new TollgateError('unprocessable', { detail: 'over HTTP the key says who calls' })
    },
  })
}

const NOTHING_RECORDED = { accepted: 0, duplicates: 0, rejected: [] }
