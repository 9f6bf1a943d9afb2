import type { z } from 'zod'
import {
  apiKeyCreatedSchema,
  apiKeyCreateSchema,
  apiKeyPageSchema,
  apiKeyRotatedSchema,
  apiKeyRotateSchema,
  apiKeySchema,
} from '../contract/api-keys.ts'
import { auditEventSchema, auditPageSchema, auditResolveSchema } from '../contract/audit.ts'
import {
  readTokenCreatedSchema,
  readTokenCreateSchema,
  sessionCreateSchema,
  sessionSchema,
} from '../contract/authentication.ts'
import {
  invoiceChargeSchema,
  invoiceLineSchema,
  invoicePageSchema,
  invoicePreviewSchema,
  invoiceSchema,
  invoiceWithLinesSchema,
  overageReportSchema,
  stripeCustomerSchema,
  stripeCustomerSetSchema,
} from '../contract/billing.ts'
import {
  catalogSchema,
  eventTypePatchSchema,
  eventTypeSchema,
  modelPriceSchema,
  planSchema,
} from '../contract/catalog.ts'
import { catalogDiffSchema, catalogVersionSchema } from '../contract/catalog-version.ts'
import {
  decisionSchema,
  limitStateSchema,
  recordResultSchema,
  reservationDecisionSchema,
  reservationStateSchema,
  usageBlockSchema,
  warningSchema,
} from '../contract/decision.ts'
import { usageDashboardSchema } from '../contract/insight.ts'
import {
  limitOverrideRemovedSchema,
  organizationLimitSchema,
  organizationLimitsSchema,
} from '../contract/limits.ts'
import {
  memberAddSchema,
  memberPageSchema,
  memberSchema,
  memberUpdateSchema,
} from '../contract/members.ts'
import {
  adminUsageSchema,
  analyticsOverviewSchema,
  customerPageSchema,
  customerSchema,
  organizationMarginSchema,
  trialSignalsSchema,
} from '../contract/operator-reports.ts'
import {
  anotherPlanSchema,
  dryRunSchema,
  upgradeAdviceSchema,
  usageOverageSchema,
} from '../contract/plan-reports.ts'
import {
  driftSchema,
  reconcileInputSchema,
  reconciliationSchema,
  stripeEventReceivedSchema,
  stripeLinkSchema,
} from '../contract/stripe.ts'
import {
  migratedSchema,
  migrationPageSchema,
  migrationSchema,
  subscriptionCancelSchema,
  subscriptionChangeSchema,
  subscriptionPreviewSchema,
  subscriptionSchema,
  subscriptionTrialSchema,
} from '../contract/subscriptions.ts'
import {
  currentUsageSchema,
  limitOverrideCreatedSchema,
  limitOverrideSchema,
  organizationCreateSchema,
  organizationPageSchema,
  organizationSchema,
  organizationUpdateSchema,
} from '../contract/tenancy.ts'
import {
  extensionSchema,
  reservationRequestSchema,
  settlementSchema,
  usageEventSchema,
} from '../contract/usage.ts'
import { historyEventSchema, historyPageSchema } from '../contract/usage-history.ts'
import { usageManagementSchema, usageManagementUpdateSchema } from '../contract/usage-management.ts'
import { dailyUsageSchema, endpointsUsageSchema } from '../contract/usage-reports.ts'
import { cloudEventSchema } from './cloud-events.ts'
import {
  catalogChangeDocumentedSchema,
  catalogDraftDocumentedSchema,
  catalogsInForceSchema,
  catalogVersionsSchema,
  eventTypeCreateSchema,
  eventTypeListSchema,
  modelPriceListSchema,
  modelPriceSetSchema,
  planCreateSchema,
  planListSchema,
  planUpdateSchema,
} from './config-schemas.ts'
import { demoUsageSchema } from './demo-mode.ts'
import { cloudEventBatchSchema, ingestBodySchema, usageEventBatchSchema } from './ingest-formats.ts'
import { problemSchema } from './problem.ts'
import { healthStatusSchema } from './routes/health.live.ts'
import { aggregatedSchema } from './routes/metrics.aggregate.ts'
import { reversalSchema, reversedSchema } from './routes/usage.reverse.ts'

type Names = Readonly<Record<string, z.ZodType>>

/** What is sent: the names of its schemas in the document. */
export const SENT_SCHEMAS: Names = {
  UsageEvent: usageEventSchema,
  UsageEventBatch: usageEventBatchSchema,
  UsageEventOrBatch: ingestBodySchema,
  CloudEvent: cloudEventSchema,
  CloudEventBatch: cloudEventBatchSchema,
  ReservationRequest: reservationRequestSchema,
  Extension: extensionSchema,
  Settlement: settlementSchema,
  Reversal: reversalSchema,
  OrganizationCreate: organizationCreateSchema,
  OrganizationUpdate: organizationUpdateSchema,
  MemberAdd: memberAddSchema,
  MemberUpdate: memberUpdateSchema,
  ApiKeyCreate: apiKeyCreateSchema,
  ApiKeyRotate: apiKeyRotateSchema,
  ReadTokenCreate: readTokenCreateSchema,
  SessionCreate: sessionCreateSchema,
  LimitOverride: limitOverrideSchema,
  UsageManagementUpdate: usageManagementUpdateSchema,
  StripeCustomer: stripeCustomerSchema,
  ReconcileRange: reconcileInputSchema,
  SubscriptionChange: subscriptionChangeSchema,
  SubscriptionCancel: subscriptionCancelSchema,
  SubscriptionTrial: subscriptionTrialSchema,
  Migration: migrationSchema,
  AuditResolve: auditResolveSchema,
  CatalogDocument: catalogSchema,
  CatalogDraft: catalogDraftDocumentedSchema,
  CatalogChange: catalogChangeDocumentedSchema,
  EventTypeCreate: eventTypeCreateSchema,
  EventTypePatch: eventTypePatchSchema,
  PlanCreate: planCreateSchema,
  PlanUpdate: planUpdateSchema,
  ModelPriceSet: modelPriceSetSchema,
  DemoUsage: demoUsageSchema,
}

/** What is answered: the names of its schemas in the document. */
export const ANSWERED_SCHEMAS: Names = {
  Decision: decisionSchema,
  LimitState: limitStateSchema,
  UsageBlock: usageBlockSchema,
  Warning: warningSchema,
  ReservationDecision: reservationDecisionSchema,
  ReservationState: reservationStateSchema,
  RecordResult: recordResultSchema,
  Reversed: reversedSchema,
  CurrentUsage: currentUsageSchema,
  DailyUsage: dailyUsageSchema,
  UsageDashboard: usageDashboardSchema,
  UsageManagement: usageManagementSchema,
  UsageOverage: usageOverageSchema,
  AnotherPlan: anotherPlanSchema,
  UpgradeAdvice: upgradeAdviceSchema,
  DryRun: dryRunSchema,
  AdminUsage: adminUsageSchema,
  AnalyticsOverview: analyticsOverviewSchema,
  Customer: customerSchema,
  CustomerPage: customerPageSchema,
  OrganizationMargin: organizationMarginSchema,
  TrialSignals: trialSignalsSchema,
  Aggregated: aggregatedSchema,
  EndpointsUsage: endpointsUsageSchema,
  HistoryEvent: historyEventSchema,
  HistoryPage: historyPageSchema,
  Organization: organizationSchema,
  OrganizationPage: organizationPageSchema,
  Member: memberSchema,
  MemberPage: memberPageSchema,
  ApiKey: apiKeySchema,
  ApiKeyPage: apiKeyPageSchema,
  ApiKeyCreated: apiKeyCreatedSchema,
  ApiKeyRotated: apiKeyRotatedSchema,
  ReadTokenCreated: readTokenCreatedSchema,
  Session: sessionSchema,
  OrganizationLimit: organizationLimitSchema,
  OrganizationLimits: organizationLimitsSchema,
  LimitOverrideRemoved: limitOverrideRemovedSchema,
  LimitOverrideCreated: limitOverrideCreatedSchema,
  Invoice: invoiceSchema,
  InvoiceCharge: invoiceChargeSchema,
  InvoiceLine: invoiceLineSchema,
  InvoicePage: invoicePageSchema,
  InvoiceWithLines: invoiceWithLinesSchema,
  InvoicePreview: invoicePreviewSchema,
  StripeCustomerSet: stripeCustomerSetSchema,
  StripeEventReceived: stripeEventReceivedSchema,
  StripeLink: stripeLinkSchema,
  Drift: driftSchema,
  Reconciliation: reconciliationSchema,
  OverageReport: overageReportSchema,
  Subscription: subscriptionSchema,
  SubscriptionPreview: subscriptionPreviewSchema,
  MigrationPage: migrationPageSchema,
  Migrated: migratedSchema,
  AuditEvent: auditEventSchema,
  AuditPage: auditPageSchema,
  CatalogVersion: catalogVersionSchema,
  CatalogVersions: catalogVersionsSchema,
  CatalogsInForce: catalogsInForceSchema,
  CatalogDiff: catalogDiffSchema,
  EventType: eventTypeSchema,
  EventTypeList: eventTypeListSchema,
  Plan: planSchema,
  PlanList: planListSchema,
  ModelPrice: modelPriceSchema,
  ModelPriceList: modelPriceListSchema,
  HealthStatus: healthStatusSchema,
  Problem: problemSchema,
}
