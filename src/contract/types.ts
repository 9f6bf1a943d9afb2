/**
 * Every type that a signature of a public door names. A test walks the built declarations and
 * fails when one is missing.
 */

export type { AuditAnchor, AuditFault, AuditFaultKind, ChainPoint } from '../core/audit-chain.ts'
export type { Fault } from '../core/fault.ts'
export type { ModelPrice, PriceTier, TokenPrices } from '../core/model-cost.ts'
export type { Right, Role } from '../core/rights.ts'
export type {
  ApiKey,
  ApiKeyCreated,
  ApiKeyCreateInput,
  ApiKeyRotated,
  ApiKeyRotateInput,
  ApiKeys,
} from './api-keys.ts'
export type {
  AuditActInput,
  AuditAdmin,
  AuditEvent,
  AuditFilter,
  AuditListInput,
  AuditLog,
  AuditResolveInput,
  AuditVerification,
  AuditVerifyOptions,
  TrialAudit,
} from './audit.ts'
export type {
  Billing,
  BillingProgress,
  BillingRunOptions,
  Invoice,
  InvoicePreview,
  Invoices,
  InvoiceWithLines,
  OverageReport,
  OverageReportRow,
  StripeCustomerInput,
  StripeCustomerSet,
} from './billing.ts'
export type { CallOptions, OfOrganization, Owned, Replayable } from './call.ts'
export type {
  CallerTransaction,
  DrizzleTransaction,
  KyselyQuery,
  KyselyTransaction,
  PgTransaction,
  PrismaTransaction,
} from './caller-transaction.ts'
export type {
  Catalog,
  CatalogInput,
  CatalogValidation,
  EventType,
  EventTypeInput,
  EventTypePatch,
  Limit,
  LimitInput,
  Meter,
  MeterInput,
  ModelPriceInput,
  Plan,
  PlanInput,
  PlanPatch,
} from './catalog.ts'
export type {
  CatalogApply,
  CatalogDraft,
  CatalogVerbs,
  CatalogVersions,
  CatalogVersionsRequest,
  EventTypeInCatalog,
  InCatalog,
  ModelPriceInCatalog,
  PartKey,
  PlanInCatalog,
  PlanMove,
} from './catalog-verbs.ts'
export type { CatalogDiff, CatalogVersion } from './catalog-version.ts'
export type { CreditNote, CreditNoteInput, CreditNotes } from './credit-notes.ts'
export type {
  Allowed,
  Decided,
  Decision,
  DecisionReason,
  Explanation,
  HoldTerms,
  LimitState,
  RecordResult,
  Refused,
  ReservationDecision,
  ReservationState,
  Reversed,
  UsageBlock,
  Warning,
} from './decision.ts'
export type { CatalogOf, EventTypeOf, LimitOf, PlanOf } from './define-catalog.ts'
export type {
  CreditBalance,
  CreditMovement,
  Grant,
  GrantCreated,
  GrantCreateInput,
  GrantEnded,
  Grants,
  TopUpSet,
  TopUpSettings,
  TopUpSettingsInput,
} from './grants.ts'
export type {
  Extension,
  Hold,
  HoldRefused,
  HoldSettlement,
  RunHold,
  RunOptions,
  WhenUnknown,
} from './hold.ts'
export type {
  DashboardRequest,
  EventFigures,
  LimitOutlook,
  Outlook,
  UsageAnomaly,
  UsageDashboard,
  UsageRecommendation,
  UsageWarning,
} from './insight.ts'
export type { InvoiceLineEvent, InvoiceLineEvents } from './invoice-events.ts'
export type { JobRun, Jobs } from './jobs.ts'
export type { LimitOverrideRemoved, Limits, OrganizationLimit } from './limits.ts'
export type { Member, MemberAddInput, Members, Membership, MemberUpdateInput } from './members.ts'
export type {
  AdminUsage,
  AdminUsageRequest,
  Analytics,
  AnalyticsOverview,
  Customer,
  CustomerPage,
  CustomerRequest,
  CustomerSort,
  MetricValues,
  OrganizationMargin,
  TrialSignal,
  TrialSignals,
  UsageMetric,
  UsageStep,
} from './operator-reports.ts'
export type { Page, PageRequest, Pages } from './page.ts'
export type {
  AnotherPlan,
  AnotherPlanRequest,
  DryRun,
  PlanOutcome,
  UpgradeAdvice,
  UsageOverage,
  UsageOverageLine,
} from './plan-reports.ts'
export type { EventRegistry, PlanRegistry, Registries } from './registries.ts'
export type {
  Drift,
  DriftKind,
  ReconcileInput,
  ReconcileOptions,
  Reconciliation,
  StripeEventInput,
  StripeEventReceived,
  StripeLink,
  StripeSide,
} from './stripe.ts'
export type {
  Migrated,
  MigrationInput,
  MigrationItem,
  MigrationPage,
  MigrationRequest,
  Subscription,
  SubscriptionCancelInput,
  SubscriptionChangeInput,
  SubscriptionPreview,
  Subscriptions,
  SubscriptionTrialInput,
} from './subscriptions.ts'
export type {
  CurrentUsage,
  LimitOverrideCreated,
  LimitOverrideInput,
  Organization,
  OrganizationCreateInput,
  OrganizationFilter,
  Organizations,
  OrganizationUpdateInput,
  Principal,
} from './tenancy.ts'
export type {
  Caller,
  RecordOptions,
  Reservation,
  Tollgate,
  TollgateAdmin,
  TollgateEngine,
  TollgateWithin,
} from './tollgate.ts'
export type { Amounts, Call, ReservationRequest, Settlement, UsageEvent, Used } from './usage.ts'
export type { UsageDifference } from './usage-difference.ts'
export type {
  HistoryEvent,
  HistoryExportInput,
  HistoryFilter,
  HistoryListInput,
  HistoryPage,
  HistorySort,
} from './usage-history.ts'
export type { UsageManagement, UsageManagementUpdate } from './usage-management.ts'
export type {
  Aggregated,
  AggregateInput,
  DailyRequest,
  DailyUsage,
  EndpointsRequest,
  EndpointsUsage,
  LiveRequest,
  LiveUsage,
} from './usage-reports.ts'
export type { Usage } from './usage-verbs.ts'
