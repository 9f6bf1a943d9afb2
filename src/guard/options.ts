import type { WhenUnknown } from '../contract/hold.ts'
import type { Tollgate, TollgateEngine } from '../contract/tollgate.ts'
import type { Amounts } from '../contract/usage.ts'

/** A value, or what finds it out from the framework's own request, at once or later. */
export type Given<Request, Value, Context = undefined> =
  | Value
  | ((request: Request, context: Context) => Value | Promise<Value>)

/** Whose a request is. */
export interface Identity {
  readonly organizationId: string
  readonly userId?: string
  readonly sessionId?: string
  /** The API key that was used, for limits per key; with the engine in this process. */
  readonly apiKeyId?: string
  /** Who acts, for the audit log. */
  readonly actor?: string
}

/** What a wrapper asks of Tollgate: an engine has it, and a client. */
export type Gate = Pick<Tollgate, 'track' | 'run' | 'record'> &
  Partial<Pick<TollgateEngine, 'enqueue'>>

/** The engine or the client, now or later, or what gets it. */
export type GateSource = Gate | Promise<Gate> | (() => Gate | Promise<Gate>)

/**
 * - `track`: decided and recorded before the handler. What the handler does later changes nothing.
 * - `reserve`: held before the handler, and settled when the answer is over.
 * - `record`: recorded when the answer is over. The gate is not asked, so it neither delays nor refuses.
 */
export type MeterMode = 'track' | 'reserve' | 'record'

/** What a route costs, and whom. `Context` is what a framework gives a route beside the request. */
export interface MeterOptions<Request, Context = undefined> {
  readonly eventType: Given<Request, string, Context>
  /**
   * Whose the request is. Nobody's (`undefined`, `null`) is answered with 401. A `TollgateError`
   * that it throws is answered with its own status; any other error is the framework's.
   */
  readonly identify: Given<Request, Identity | null | undefined, Context>
  /** Default: `reserve` where there is an estimate, else `track`. */
  readonly mode?: MeterMode
  /** How much to hold until the answer is over, in place of `quantities`. */
  readonly estimate?: Given<Request, Amounts, Context>
  /** The idempotency key: the same id counts once. Calls with one are decided strictly. */
  readonly id?: Given<Request, string | undefined, Context>
  /** Meter to amount. */
  readonly quantities?: Given<
    Request,
    Readonly<Record<string, number | string>> | undefined,
    Context
  >
  /** What multipliers and features of the event type read. */
  readonly properties?: Given<Request, Readonly<Record<string, unknown>> | undefined, Context>
  readonly provider?: Given<Request, string | undefined, Context>
  readonly model?: Given<Request, string | undefined, Context>
  /**
   * The budget of the run that the request is a part of, such as the header `Tollgate-Budget` of a
   * caller that may name one. Models that the route calls draw on it too. Default: that of the run
   * that the request is served in, if it is served in one.
   */
  readonly budget?: Given<Request, string | undefined, Context>
  /** What reports call the route. Default: its pattern, else the path. */
  readonly endpoint?: Given<Request, string | undefined, Context>
  /** How long the hold may last. */
  readonly expiresInMs?: number
  /** What becomes of the hold where the handler does not say what it used. */
  readonly whenUnknown?: WhenUnknown
  /** Adds `usage` to answers that are JSON objects: credits consumed, what remains, the event. */
  readonly usageBlock?: boolean
  /** Keeps a process awake until the call is settled, on platforms that freeze it after an answer. */
  readonly waitUntil?: (settled: Promise<unknown>) => void
  /**
   * Told of each failure of ours: what was answered with 500 or 503, and what could not be recorded
   * after the answer. Default: a warning on the console.
   */
  readonly onError?: (error: unknown) => void
}
