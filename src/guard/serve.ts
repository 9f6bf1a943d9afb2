import type { CallOptions } from '../contract/call.ts'
import type { Decision, UsageBlock } from '../contract/decision.ts'
import type { RunHold } from '../contract/hold.ts'
import type { Used } from '../contract/usage.ts'
import { systemTimers } from '../facade/timers.ts'
import type { CallOf } from './call-of.ts'
import type { Denial } from './denial.ts'
import type { Answered, Arrival, Metered, Passed, Work } from './metered.ts'
import type { Gate, Identity, MeterOptions } from './options.ts'

/** A request with a known caller, and what is needed to serve it. */
interface Serving<Request, Context> {
  readonly gate: () => Gate | Promise<Gate>
  readonly options: MeterOptions<Request, Context>
  readonly callOf: CallOf<Request, Context>
  readonly arrival: Arrival<Request, Context>
  readonly identity: Identity
  /** Resolves once the call is settled or recorded, or when there is nothing to settle. */
  readonly settled: Settled
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
 * The argument of the handler. `signal` is a getter, because some frameworks create it on demand.
 * A getter of an object literal would make each object a dictionary, and slow to read.
 */
export class MeteredCall implements Metered {
  readonly organizationId: string
  readonly userId: string | undefined
  readonly decision: Decision | undefined
  readonly hold: RunHold | undefined
  readonly used: Metered['used']
  readonly budget: string | undefined
  readonly #arrival: Pick<Arrival<unknown>, 'signal'>

  constructor(
    serving: {
      readonly arrival: Pick<Arrival<unknown>, 'signal'>
      readonly identity: Pick<Identity, 'organizationId' | 'userId'>
    },
    told: {
      readonly decision: Decision | undefined
      readonly hold?: RunHold
      readonly used: Metered['used']
      readonly budget: string | undefined
    },
  ) {
    this.organizationId = serving.identity.organizationId
    this.userId = serving.identity.userId
    this.decision = told.decision
    this.hold = told.hold
    this.used = told.used
    this.budget = told.budget
    this.#arrival = serving.arrival
  }

  get signal(): AbortSignal | undefined {
    return this.#arrival.signal
  }
}

/** A class, because a getter in an object literal costs each request a function of its own. */
export class PassedOn implements Passed {
  readonly headers: Passed['headers']
  readonly #settled: Settled

  constructor(headers: Passed['headers'], settled: Settled) {
    this.headers = headers
    this.#settled = settled
  }

  get settled(): Promise<UsageBlock | undefined> {
    return this.#settled.promise
  }
}

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

/** Whether a call is settled, and the usage block if there is one. The first outcome stays. */
export class Settled {
  #promise: Promise<UsageBlock | undefined> | undefined
  #resolve: ((usage: UsageBlock | undefined) => void) | undefined
  #isKept = false
  #usage: UsageBlock | undefined

  /** Made when it is first read, because most routes never read it. */
  get promise(): Promise<UsageBlock | undefined> {
    this.#promise ??= this.#isKept
      ? Promise.resolve(this.#usage)
      : new Promise((resolve) => {
          this.#resolve = resolve
        })
    return this.#promise
  }

  keep(usage: UsageBlock | undefined): void {
    if (this.#isKept) return
    this.#isKept = true
    this.#usage = usage
    this.#resolve?.(usage)
  }
}
