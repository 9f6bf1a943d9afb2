/**
 * The engine in this process: `createTollgate()`.
 * @module
 */

export type { ApiKey, ApiKeyCreated, ApiKeyRotated } from './contract/api-keys.ts'
export type {
  AuditAnchor,
  AuditEvent,
  AuditFault,
  AuditVerification,
  TrialAudit,
} from './contract/audit.ts'
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
export type { OrganizationLimit } from './contract/limits.ts'
export type { Member, Membership } from './contract/members.ts'
export type { Page } from './contract/page.ts'
export type {
  Drift,
  Reconciliation,
  StripeEventReceived,
  StripeLink,
} from './contract/stripe.ts'
export type {
  CurrentUsage,
  LimitOverrideInput,
  Organization,
  OrganizationCreateInput,
  Principal,
} from './contract/tenancy.ts'
export type { Answer, CallOptions, Tollgate, TollgateEngine } from './contract/tollgate.ts'
export type { ReservationRequestInput, SettlementInput, UsageEventInput } from './contract/usage.ts'
export type { HistoryEvent, HistoryPage } from './contract/usage-history.ts'
export type { DailyUsage, EndpointsUsage, LiveUsage } from './contract/usage-reports.ts'
export { createTrialAudit } from './engine/audit/trial-audit.ts'
export type { Clock } from './engine/clock.ts'
export { createTollgate } from './engine/create-tollgate.ts'
export type { CatalogSource, Log, TollgateOptions } from './engine/options.ts'
