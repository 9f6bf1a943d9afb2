import type { CallOptions } from '../contract/call.ts'
import type { UsageBlock } from '../contract/decision.ts'
import type { Reservation, Tollgate } from '../contract/tollgate.ts'
import { currentBudget } from '../facade/current-budget.ts'
import { currentCall } from '../guard/current-call.ts'
import type { CountTokens } from './token-scan.ts'

/** As much of Tollgate as a metered model needs: the engine or the client. */
export type ModelGate = Pick<Tollgate, 'run'>

/** Whose calls of a model are metered, as what, and how much is held for them. */
export interface ModelMeterOptions {
  /** The event type that each call of the model is one of. */
  readonly eventType: string
  /**
   * Whose calls they are, or how to find out for each. Not given: the organization of the run or of
   * the request that is being served, or that of the client's key.
   */
  readonly organizationId?: string | (() => string | undefined)
  readonly userId?: string | (() => string | undefined)
  readonly sessionId?: string
  /** The budget that its calls are drawn on. Not given: that of the run that they are made in. */
  readonly budget?: string | (() => string | undefined)
  /** What multipliers and features of the event type read. */
  readonly properties?: Readonly<Record<string, unknown>>
  /** Whose prices apply. Not given: the provider that the SDK is made for, or that it names. */
  readonly provider?: string
  /**
   * Tokens of output that are held at first, and by which the hold of a stream grows; 1,000 if not
   * given, and no more than the call itself allows.
   */
  readonly outputTokens?: number
  /** Exact counting in place of the estimate, where something has to be known before usage is. */
  readonly countTokens?: CountTokens
  /**
   * How long a hold lasts that nobody lengthens, since this process has died; two minutes if not
   * given.
   */
  readonly expiresInMs?: number
  /** A stream that is read by nobody for so long is over; a minute if not given. */
  readonly idleMs?: number
  /** Told what each call came to, before its answer is given or its stream has ended. */
  readonly onUsage?: (usage: UsageBlock) => void
  /** How the calls are made: the API key or the member in whose name they are. */
  readonly call?: Pick<CallOptions, 'actor' | 'role' | 'address' | 'apiKeyId'>
}

/** Whose a call is, as options, the run or the request that is being served say. */
export const whoCalls = (
  options: Pick<ModelMeterOptions, 'organizationId' | 'userId' | 'budget'>,
): Pick<Reservation, 'organizationId' | 'userId' | 'budget' | 'final'> => {
  const current = currentCall()
  const run = currentBudget()
  const organizationId =
    said(options.organizationId) ?? run?.organizationId ?? current?.organizationId
  const userId = said(options.userId) ?? current?.userId
  const budget = said(options.budget) ?? run?.id
  return {
    ...(organizationId !== undefined && { organizationId }),
    ...(userId !== undefined && { userId }),
    ...(budget !== undefined && { budget }),
    ...(budget !== undefined && budget === run?.id && run.final && { final: true }),
  }
}

const said = (value: string | (() => string | undefined) | undefined): string | undefined =>
  typeof value === 'function' ? value() : value
