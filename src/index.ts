/**
 * The engine in this process: `createTollgate()`.
 * @module
 */
export type { Catalog, EventType, Limit, Meter, ModelPrice, Plan } from './contract/catalog.ts'
export type { CatalogDiff, CatalogVersion } from './contract/catalog-version.ts'
export type {
  Decision,
  DecisionReason,
  LimitState,
  RecordResult,
  ReservationDecision,
  ReservationState,
  UsageBlock,
} from './contract/decision.ts'
export { ERRORS, type ErrorCode, TollgateError } from './contract/errors.ts'
export type {
  ApiKeyCreated,
  CurrentUsage,
  LimitOverrideInput,
  Organization,
  OrganizationCreateInput,
  Principal,
} from './contract/tenancy.ts'
export type { Answer, CallOptions, Tollgate, TollgateEngine } from './contract/tollgate.ts'
export type { ReservationRequestInput, SettlementInput, UsageEventInput } from './contract/usage.ts'
export type { Clock } from './engine/clock.ts'
export { createTollgate } from './engine/create-tollgate.ts'
export type { CatalogSource, Log, TollgateOptions } from './engine/options.ts'
