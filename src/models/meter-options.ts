import type { CallOptions } from '../contract/call.ts'
import type { UsageBlock } from '../contract/decision.ts'
import type { Reservation, Tollgate } from '../contract/tollgate.ts'
import { currentBudget } from '../facade/current-budget.ts'
import { currentCall } from '../guard/current-call.ts'
import type { CountTokens } from './token-scan.ts'

/** The part of Tollgate that a metered model needs: the engine or the client. */
export type ModelGate = Pick<Tollgate, 'run'>

/** How calls of a model are metered: for whom, as which event type, and how much is held. */
export interface ModelMeterOptions {
  /** The event type of each call. */
  readonly eventType: string
  /**
   * The organization of the calls, or a function that returns it for each. Default: the
   * organization of the current run or request, or that of the client's key.
   */
  readonly organizationId?: string | (() => string | undefined)
  readonly userId?: string | (() => string | undefined)
  readonly sessionId?: string
  /** The budget that the calls count against. Default: the budget of the current run. */
  readonly budget?: string | (() => string | undefined)
  /** The values that multipliers and features of the event type read. */
  readonly properties?: Readonly<Record<string, unknown>>
  /** The provider whose prices apply. Default: the provider of the SDK, or the one it names. */
  readonly provider?: string
  /**
   * The output tokens to hold at first, and the step by which a stream's hold grows. Default 1,000,
   * at most the call's own limit.
   */
  readonly outputTokens?: number
  /**
   * Counts tokens exactly, in place of the estimate that is used before the provider reports usage.
   */
  readonly countTokens?: CountTokens
  /** How long the hold lasts if this process dies. Default two minutes. */
  readonly expiresInMs?: number
  /** A stream that nobody reads for this long is ended. Default one minute. */
  readonly idleMs?: number
  /** Called with the usage of each call, before its answer is returned or its stream has ended. */
  readonly onUsage?: (usage: UsageBlock) => void
  /** The call options: the API key or the member that the calls are made for. */
  readonly call?: Pick<CallOptions, 'actor' | 'role' | 'address' | 'apiKeyId'>
}

/**
 * Determines the caller of a model call: from the options, the current run, or the current request.
 */
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
