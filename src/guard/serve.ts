import type { CallOptions } from '../contract/call.ts'
import type { Decision, UsageBlock } from '../contract/decision.ts'
import type { RunHold } from '../contract/hold.ts'
import type { Used } from '../contract/usage.ts'
import { systemTimers } from '../facade/timers.ts'
import type { Denial } from './denial.ts'
import type { Answered, Arrival, Metered, Work } from './metered.ts'
import type { Gate, Identity, MeterOptions } from './options.ts'

/** A request with a known caller, and what is needed to serve it. */
export interface Serving<Request, Context> {
  readonly gate: () => Gate | Promise<Gate>
  readonly options: MeterOptions<Request, Context>
  readonly arrival: Arrival<Request, Context>
  readonly identity: Identity
  /** Resolves once the call is settled or recorded, or when there is nothing to settle. */
  readonly settled: Promised<UsageBlock | undefined>
  /** Reports a failure of Tollgate and returns the answer for it. */
  readonly failed: (error: unknown) => Denial
  readonly onError: (error: unknown) => void
}

/** Serves requests in one mode. */
export type Serve = <Request, Context, Answer extends Answered>(
  serving: Serving<Request, Context>,
  work: Work<Answer>,
) => Promise<Answer | Denial>

/** From this status on, the work counts as not done. Unless usage is reported, it costs nothing. */
const FAILED_FROM = 400

export const hasFailed = ({ status }: Answered): boolean => status >= FAILED_FROM

/** The call options of an identity. */
export const actingOf = ({ apiKeyId, actor }: Identity): CallOptions | undefined =>
  apiKeyId === undefined && actor === undefined ? undefined : { apiKeyId, actor }

/**
 * Builds the argument of the handler. `signal` is a getter, because some frameworks create it on
 * demand.
 */
export const metered = <Request, Context>(
  { arrival, identity }: Pick<Serving<Request, Context>, 'arrival' | 'identity'>,
  {
    budget,
    ...told
  }: {
    readonly decision: Decision | undefined
    readonly hold?: RunHold
    readonly used: Metered['used']
    readonly budget: string | undefined
  },
): Metered => ({
  organizationId: identity.organizationId,
  userId: identity.userId,
  ...told,
  ...(budget !== undefined && { budget }),
  get signal() {
    return arrival.signal
  },
})

/** Starts timing, and returns a function that describes how the answer ended. */
export const endings = (): ((
  answer: Answered | undefined,
) => Pick<Used, 'status' | 'durationMs'>) => {
  const startedAtMs = systemTimers.nowMs()
  return (answer) => ({
    status: answer?.status,
    durationMs: Math.round(systemTimers.nowMs() - startedAtMs),
  })
}

/** A promise and the function that resolves it. */
export interface Promised<Value> {
  readonly promise: Promise<Value>
  readonly keep: (value: Value) => void
}

export const promised = <Value>(): Promised<Value> => {
  let keep: (value: Value) => void = () => {}
  const promise = new Promise<Value>((resolve) => {
    keep = resolve
  })
  return { promise, keep: (value) => keep(value) }
}
