import type { CallOptions } from '../contract/call.ts'
import type { Decision, UsageBlock } from '../contract/decision.ts'
import type { RunHold } from '../contract/hold.ts'
import type { Used } from '../contract/usage.ts'
import { systemTimers } from '../facade/timers.ts'
import type { Denial } from './denial.ts'
import type { Answered, Arrival, Metered, Work } from './metered.ts'
import type { Gate, Identity, MeterOptions } from './options.ts'

/** A request whose caller is known, and what it is served with. */
export interface Serving<Request, Context> {
  readonly gate: () => Gate | Promise<Gate>
  readonly options: MeterOptions<Request, Context>
  readonly arrival: Arrival<Request, Context>
  readonly identity: Identity
  /** To be kept once the call is settled or recorded, or there is nothing to be. */
  readonly settled: Promised<UsageBlock | undefined>
  /** Tells of a failure of Tollgate's own, and gives the answer to it. */
  readonly failed: (error: unknown) => Denial
  readonly onError: (error: unknown) => void
}

/** One mode. */
export type Serve = <Request, Context, Answer extends Answered>(
  serving: Serving<Request, Context>,
  work: Work<Answer>,
) => Promise<Answer | Denial>

/** From here on, an answer says that the work was not done; without a word it costs nothing. */
const FAILED_FROM = 400

export const hasFailed = ({ status }: Answered): boolean => status >= FAILED_FROM

/** What goes with a call that is no part of it. */
export const actingOf = ({ apiKeyId, actor }: Identity): CallOptions | undefined =>
  apiKeyId === undefined && actor === undefined ? undefined : { apiKeyId, actor }

/** What the handler is told. The signal is asked for when it is read: not all frameworks have it at hand. */
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

/** How an answer ended, counted from a moment. */
export const endings = (): ((
  answer: Answered | undefined,
) => Pick<Used, 'status' | 'durationMs'>) => {
  const startedAtMs = systemTimers.nowMs()
  return (answer) => ({
    status: answer?.status,
    durationMs: Math.round(systemTimers.nowMs() - startedAtMs),
  })
}

/** A promise, and what keeps it. */
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
