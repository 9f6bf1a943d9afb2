import type { WhenUnknown } from '../contract/hold.ts'
import type { Tollgate, TollgateEngine } from '../contract/tollgate.ts'
import type { Amounts } from '../contract/usage.ts'

/** A value, or a function that computes it from the framework's request, also asynchronously. */
export type Given<Request, Value, Context = undefined> =
  | Value
  | ((request: Request, context: Context) => Value | Promise<Value>)

/** The caller of a request. */
export interface Identity {
  readonly organizationId: string
  readonly userId?: string
  readonly sessionId?: string
  /** The API key of the caller, for limits per key. Only with the engine in this process. */
  readonly apiKeyId?: string
  /** The actor for the audit log. */
  readonly actor?: string
}

/** The verbs that a wrapper needs. The engine and the client both have them. */
export type Gate = Pick<Tollgate, 'track' | 'run' | 'record'> &
  Partial<Pick<TollgateEngine, 'enqueue'>>

/** The engine or the client, a promise of it, or a function that returns it. */
export type GateSource = Gate | Promise<Gate> | (() => Gate | Promise<Gate>)

/**
 * When use is counted.
 * - `track`: decides and records before the handler. What the handler does later changes nothing.
 * - `reserve`: reserves before the handler and settles when the answer has ended.
 * - `record`: records when the answer has ended. Without a decision, it neither delays nor refuses.
 */
export type MeterMode = 'track' | 'reserve' | 'record'

/**
 * What a route costs, and who pays. `Context` is what a framework passes to a route beside the
 * request.
 */
export interface MeterOptions<Request, Context = undefined> {
  readonly eventType: Given<Request, string, Context>
  /**
   * Identifies the caller. For `undefined` or `null` the answer is 401. A thrown `TollgateError` is
   * answered with its own status; the framework handles other errors.
   */
  readonly identify: Given<Request, Identity | null | undefined, Context>
  /** Default: `reserve` if there is an estimate, otherwise `track`. */
  readonly mode?: MeterMode
  /** The amounts to hold until the answer has ended, instead of `quantities`. */
  readonly estimate?: Given<Request, Amounts, Context>
  /** The idempotency key: the same id counts once. Calls with an id are decided strictly. */
  readonly id?: Given<Request, string | undefined, Context>
  /** Amounts by meter. */
  readonly quantities?: Given<
    Request,
    Readonly<Record<string, number | string>> | undefined,
    Context
  >
  /** The values that multipliers and features of the event type read. */
  readonly properties?: Given<Request, Readonly<Record<string, unknown>> | undefined, Context>
  readonly provider?: Given<Request, string | undefined, Context>
  readonly model?: Given<Request, string | undefined, Context>
  /**
   * The budget of the run that the request belongs to, for example from the header
   * `Tollgate-Budget` of a trusted caller. Models that the route calls count against it too.
   * Default: the budget of the current run, if any.
   */
  readonly budget?: Given<Request, string | undefined, Context>
  /** The name of the route in reports. Default: its pattern, or else the path. */
  readonly endpoint?: Given<Request, string | undefined, Context>
  /** The longest duration of the hold. */
  readonly expiresInMs?: number
  /** How to settle the hold when the handler does not report usage. */
  readonly whenUnknown?: WhenUnknown
  /**
   * Adds `usage` to answers that are JSON objects: the consumed credits, what remains, the event.
   */
  readonly usageBlock?: boolean
  /**
   * Keeps the process awake until the call is settled, on platforms that freeze it after an answer.
   */
  readonly waitUntil?: (settled: Promise<unknown>) => void
  /**
   * Called with each failure of Tollgate: an answer of 500 or 503, or use that could not be
   * recorded after the answer. Default: logs a warning to the console.
   */
  readonly onError?: (error: unknown) => void
}
