/**
 * The engine behind HTTP: `createClient()`. Safe in a browser and at the edge: needs `fetch` alone.
 * @module
 */
export type {
  Decision,
  RecordResult,
  ReservationDecision,
  ReservationState,
} from '../contract/decision.ts'
export { ERRORS, type ErrorCode, TollgateError } from '../contract/errors.ts'
export type { CurrentUsage, Organization } from '../contract/tenancy.ts'
export type { Answer, CallOptions } from '../contract/tollgate.ts'
export type {
  ReservationRequestInput,
  SettlementInput,
  UsageEventInput,
} from '../contract/usage.ts'
export type { HistoryEvent, HistoryPage } from '../contract/usage-history.ts'
export type { DailyUsage, EndpointsUsage, LiveUsage } from '../contract/usage-reports.ts'
export { type ClientOptions, createClient } from './create-client.ts'
export type { TollgateClient } from './remote.ts'
