import type { Route } from './route.ts'
import { analyticsCustomers } from './routes/analytics.customers.ts'
import { analyticsMargin } from './routes/analytics.margin.ts'
import { analyticsOverview } from './routes/analytics.overview.ts'
import { analyticsTrials } from './routes/analytics.trials.ts'
import { analyticsUsage } from './routes/analytics.usage.ts'
import { apiKeysCreate } from './routes/api-keys.create.ts'
import { apiKeysList } from './routes/api-keys.list.ts'
import { apiKeysRevoke } from './routes/api-keys.revoke.ts'
import { apiKeysRotate } from './routes/api-keys.rotate.ts'
import { auditList } from './routes/audit.list.ts'
import { auditListPlatform } from './routes/audit.list-platform.ts'
import { auditResolve } from './routes/audit.resolve.ts'
import { auditResolvePlatform } from './routes/audit.resolve-platform.ts'
import { configApply } from './routes/config.apply.ts'
import { configDiff } from './routes/config.diff.ts'
import { configDryRun } from './routes/config.dry-run.ts'
import { configRead } from './routes/config.read.ts'
import { configRefresh } from './routes/config.refresh.ts'
import { configVersions } from './routes/config.versions.ts'
import { creditNotesCreate } from './routes/credit-notes.create.ts'
import { creditNotesList } from './routes/credit-notes.list.ts'
import { demoTrackUsage } from './routes/demo.track-usage.ts'
import { docsRead } from './routes/docs.read.ts'
import { eventTypesCreate } from './routes/event-types.create.ts'
import { eventTypesGet } from './routes/event-types.get.ts'
import { eventTypesGetInCatalog } from './routes/event-types.get-in-catalog.ts'
import { eventTypesList } from './routes/event-types.list.ts'
import { eventTypesUpdate } from './routes/event-types.update.ts'
import { eventTypesUpdateInCatalog } from './routes/event-types.update-in-catalog.ts'
import { grantsBalance } from './routes/grants.balance.ts'
import { grantsCreate } from './routes/grants.create.ts'
import { grantsEnd } from './routes/grants.end.ts'
import { grantsList } from './routes/grants.list.ts'
import { grantsMovements } from './routes/grants.movements.ts'
import { grantsSetTopUp } from './routes/grants.set-top-up.ts'
import { healthLive } from './routes/health.live.ts'
import { healthReady } from './routes/health.ready.ts'
import { invoicesGet } from './routes/invoices.get.ts'
import { invoicesLineEvents } from './routes/invoices.line-events.ts'
import { invoicesList } from './routes/invoices.list.ts'
import { invoicesPreview } from './routes/invoices.preview.ts'
import { invoicesPrint } from './routes/invoices.print.ts'
import { jobsList } from './routes/jobs.list.ts'
import { limitsList } from './routes/limits.list.ts'
import { limitsOverride } from './routes/limits.override.ts'
import { limitsRemove } from './routes/limits.remove.ts'
import { membersAdd } from './routes/members.add.ts'
import { membersList } from './routes/members.list.ts'
import { membersRemove } from './routes/members.remove.ts'
import { membersUpdate } from './routes/members.update.ts'
import { metricsAggregate } from './routes/metrics.aggregate.ts'
import { metricsRead } from './routes/metrics.read.ts'
import { modelPricesList } from './routes/model-prices.list.ts'
import { modelPricesSet } from './routes/model-prices.set.ts'
import { openapiRead } from './routes/openapi.read.ts'
import { organizationsClose } from './routes/organizations.close.ts'
import { organizationsCreate } from './routes/organizations.create.ts'
import { organizationsGet } from './routes/organizations.get.ts'
import { organizationsList } from './routes/organizations.list.ts'
import { organizationsUpdate } from './routes/organizations.update.ts'
import { overageProcess } from './routes/overage.process.ts'
import { plansCreate } from './routes/plans.create.ts'
import { plansGet } from './routes/plans.get.ts'
import { plansGetInCatalog } from './routes/plans.get-in-catalog.ts'
import { plansList } from './routes/plans.list.ts'
import { plansUpdate } from './routes/plans.update.ts'
import { plansUpdateInCatalog } from './routes/plans.update-in-catalog.ts'
import { readTokensCreate } from './routes/read-tokens.create.ts'
import { sessionCreate } from './routes/session.create.ts'
import { sessionEnd } from './routes/session.end.ts'
import { sessionGet } from './routes/session.get.ts'
import { stripeReceive } from './routes/stripe.receive.ts'
import { stripeReconcile } from './routes/stripe.reconcile.ts'
import { stripeCustomerGet } from './routes/stripe-customer.get.ts'
import { stripeCustomerSet } from './routes/stripe-customer.set.ts'
import { subscriptionsCancel } from './routes/subscriptions.cancel.ts'
import { subscriptionsChange } from './routes/subscriptions.change.ts'
import { subscriptionsEndTrial } from './routes/subscriptions.end-trial.ts'
import { subscriptionsExtendTrial } from './routes/subscriptions.extend-trial.ts'
import { subscriptionsGet } from './routes/subscriptions.get.ts'
import { subscriptionsKeep } from './routes/subscriptions.keep.ts'
import { subscriptionsMigrate } from './routes/subscriptions.migrate.ts'
import { subscriptionsPause } from './routes/subscriptions.pause.ts'
import { subscriptionsPreview } from './routes/subscriptions.preview.ts'
import { subscriptionsPreviewMigration } from './routes/subscriptions.preview-migration.ts'
import { subscriptionsRestart } from './routes/subscriptions.restart.ts'
import { subscriptionsResume } from './routes/subscriptions.resume.ts'
import { usageAnotherPlan } from './routes/usage.another-plan.ts'
import { usageCheck } from './routes/usage.check.ts'
import { usageCurrent } from './routes/usage.current.ts'
import { usageDaily } from './routes/usage.daily.ts'
import { usageDashboard } from './routes/usage.dashboard.ts'
import { usageEndpoints } from './routes/usage.endpoints.ts'
import { usageExplain } from './routes/usage.explain.ts'
import { usageExtend } from './routes/usage.extend.ts'
import { usageHistory } from './routes/usage.history.ts'
import { usageManage } from './routes/usage.manage.ts'
import { usageManagement } from './routes/usage.management.ts'
import { usageOverage } from './routes/usage.overage.ts'
import { usageRecommendation } from './routes/usage.recommendation.ts'
import { usageRecord } from './routes/usage.record.ts'
import { usageRelease } from './routes/usage.release.ts'
import { usageReserve } from './routes/usage.reserve.ts'
import { usageReverse } from './routes/usage.reverse.ts'
import { usageSettle } from './routes/usage.settle.ts'
import { usageStream } from './routes/usage.stream.ts'
import { usageTrack } from './routes/usage.track.ts'

/** Every operation, in the order of the reference. */
export const routes: readonly Route[] = [
  usageCheck,
  usageTrack,
  usageReserve,
  usageExtend,
  usageSettle,
  usageRelease,
  usageRecord,
  usageReverse,
  usageExplain,
  usageCurrent,
  usageDaily,
  usageEndpoints,
  usageHistory,
  usageStream,
  usageDashboard,
  usageManagement,
  usageManage,
  usageOverage,
  usageAnotherPlan,
  usageRecommendation,
  organizationsCreate,
  organizationsList,
  organizationsGet,
  organizationsUpdate,
  organizationsClose,
  membersList,
  membersAdd,
  membersUpdate,
  membersRemove,
  apiKeysList,
  apiKeysCreate,
  apiKeysRotate,
  apiKeysRevoke,
  readTokensCreate,
  limitsList,
  limitsOverride,
  limitsRemove,
  grantsCreate,
  grantsList,
  grantsBalance,
  grantsMovements,
  grantsSetTopUp,
  grantsEnd,
  invoicesList,
  invoicesPreview,
  invoicesGet,
  invoicesPrint,
  invoicesLineEvents,
  creditNotesCreate,
  creditNotesList,
  stripeCustomerGet,
  stripeCustomerSet,
  stripeReceive,
  stripeReconcile,
  subscriptionsGet,
  subscriptionsPreview,
  subscriptionsChange,
  subscriptionsCancel,
  subscriptionsKeep,
  subscriptionsRestart,
  subscriptionsPause,
  subscriptionsResume,
  subscriptionsExtendTrial,
  subscriptionsEndTrial,
  subscriptionsPreviewMigration,
  subscriptionsMigrate,
  overageProcess,
  analyticsUsage,
  analyticsOverview,
  analyticsCustomers,
  analyticsMargin,
  analyticsTrials,
  auditList,
  auditResolve,
  auditListPlatform,
  auditResolvePlatform,
  configRead,
  configApply,
  configDiff,
  configDryRun,
  configVersions,
  configRefresh,
  eventTypesList,
  eventTypesCreate,
  eventTypesGet,
  eventTypesGetInCatalog,
  eventTypesUpdate,
  eventTypesUpdateInCatalog,
  plansList,
  plansCreate,
  plansGet,
  plansGetInCatalog,
  plansUpdate,
  plansUpdateInCatalog,
  modelPricesList,
  modelPricesSet,
  sessionCreate,
  sessionGet,
  sessionEnd,
  demoTrackUsage,
  healthLive,
  healthReady,
  jobsList,
  metricsRead,
  metricsAggregate,
  openapiRead,
  docsRead,
]
