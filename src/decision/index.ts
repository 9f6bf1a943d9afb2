/**
 * Turns decisions into a host's own HTTP answers. The server, `run` and every wrapper share it.
 * Needs no Node.
 * @module
 */
export type {
  Allowed,
  BudgetState,
  Decided,
  Decision,
  DecisionReason,
  LimitState,
  Refused,
  UsageBlock,
  Warning,
} from '../contract/decision.ts'
export type { ErrorCode, TollgateError, TollgateErrorOptions } from '../contract/errors.ts'
export type { Fault } from '../core/fault.ts'
export { type ErrorProblem, errorHeaders, errorProblem } from './error-problem.ts'
export { decisionHeaders } from './headers.ts'
export { TollgateRefusal } from './refusal.ts'
export { decisionResponse, type RefusalProblem, refusalProblem } from './response.ts'
export { decisionStatus, type RefusalStatus } from './status.ts'
