import type { z } from 'zod'
import type { Budget } from '../contract/budgets.ts'
import type { CallOptions, Replayable } from '../contract/call.ts'
import type { CatalogDiff, CatalogVersion } from '../contract/catalog-version.ts'
import type { ReservationDecision } from '../contract/decision.ts'
import type { Reservation } from '../contract/tollgate.ts'
import type { Call } from '../contract/usage.ts'
import type { Right } from '../core/rights.ts'
import type { operations } from '../operations/index.ts'
import type { VerbNamed } from '../operations/operation.ts'
import {
  createAlert,
  getAlert,
  listAlerts,
  removeAlert,
  updateAlert,
} from './alerts/alert-rules.ts'
import { listAlertFirings, listPlatformFirings } from './alerts/list-firings.ts'
import { adminUsage } from './analytics/admin-usage.ts'
import { analyticsOverview } from './analytics/analytics-overview.ts'
import { customers, exportCustomers } from './analytics/customers.ts'
import { organizationMargin } from './analytics/organization-margin.ts'
import { revenueHistory } from './analytics/revenue-history.ts'
import { trialSignals } from './analytics/trial-signals.ts'
import { appendAct } from './audit-log/append-act.ts'
import {
  exportAudit,
  exportPlatformAudit,
  listAudit,
  listPlatformAudit,
} from './audit-log/list-audit.ts'
import { resolveAudit, resolvePlatformAudit } from './audit-log/resolve-audit.ts'
import { createCreditNote, listCreditNotes } from './billing/credit-notes.ts'
import { lineEvents } from './billing/invoice-line-events.ts'
import { getInvoice, listInvoices, previewInvoice } from './billing/invoices.ts'
import { previewChange } from './billing/preview-change.ts'
import { closeBudgetOf } from './budgets/close-budget.ts'
import { openBudgetOf } from './budgets/open-budget.ts'
import { getBudget, listBudgets } from './budgets/read-budgets.ts'
import {
  applyCatalogDocument,
  catalogsInForce,
  diffCatalog,
  listCatalogVersions,
  refreshCatalogs,
} from './catalog/catalog-documents.ts'
import {
  createEventType,
  getEventType,
  listEventTypes,
  updateEventType,
} from './catalog/event-types.ts'
import { listModelPrices, setModelPrice } from './catalog/model-prices.ts'
import { createPlan, getPlan, listPlans, updatePlan } from './catalog/plans.ts'
import { channelDeliveries } from './channels/channel-deliveries.ts'
import {
  changeChannel,
  createChannel,
  getChannel,
  listChannels,
  removeChannel,
} from './channels/channels.ts'
import { previewChannel } from './channels/preview-channel.ts'
import { testChannel } from './channels/test-channel.ts'
import type { Context } from './context.ts'
import { createGrant } from './credits/create-grant.ts'
import { endGrantOf } from './credits/end-grant.ts'
import { creditBalance, creditMovements, listGrants } from './credits/read-credits.ts'
import { setTopUp } from './credits/set-top-up.ts'
import { auditedGate } from './gate/audited-gate.ts'
import { current } from './gate/current.ts'
import { explain } from './gate/explain.ts'
import { listRefusals } from './gate/list-refusals.ts'
import { quota } from './gate/quota.ts'
import { release } from './gate/release.ts'
import { settle } from './gate/settle.ts'
import { listJobs } from './jobs/list-jobs.ts'
import { processOverage } from './jobs/process-overage.ts'
import { getJobRun, runJob } from './jobs/run-job.ts'
import {
  getVerification,
  listHeads,
  listVerifications,
  startVerification,
} from './jobs/verifications.ts'
import { aggregateUsage } from './ledger/aggregate-usage.ts'
import { record } from './ledger/record.ts'
import { reverse } from './ledger/reverse.ts'
import { dryRun } from './plans/dry-run.ts'
import { onAnotherPlan } from './plans/on-another-plan.ts'
import { recommendUpgrade } from './plans/recommend-upgrade.ts'
import { rerate } from './rating/rerate.ts'
import { dailyUsage } from './reports/daily.ts'
import { usageDashboard } from './reports/dashboard.ts'
import { endpointsUsage } from './reports/endpoints.ts'
import { exportHistory, listHistory } from './reports/history.ts'
import { liveUsage } from './reports/live-feeds.ts'
import { manageUsage } from './reports/manage-usage.ts'
import { overage } from './reports/overage.ts'
import { usageManagement } from './reports/usage-management.ts'
import { platformSeries, usageSeries } from './reports/usage-series.ts'
import { collectSince } from './stripe/collect-since.ts'
import { receiveStripeEvent } from './stripe/receive-stripe-event.ts'
import { reconcile } from './stripe/reconcile.ts'
import { setCustomer } from './stripe/stripe-customer.ts'
import { getStripeLink } from './stripe/stripe-link.ts'
import { closeOrganization, updateOrganization } from './subscriptions/change-organization.ts'
import { changePlan } from './subscriptions/change-plan.ts'
import {
  cancelSubscription,
  keepSubscription,
  restartSubscription,
} from './subscriptions/end-subscription.ts'
import { migrate, previewMigration } from './subscriptions/migrate-plan.ts'
import { offeredPlans } from './subscriptions/offered-plans.ts'
import { pauseSubscription, resumeSubscription } from './subscriptions/pause-subscription.ts'
import { getSubscription } from './subscriptions/subscription-value.ts'
import { endTrial, extendTrial } from './subscriptions/trial.ts'
import { systemFacts } from './system/system-facts.ts'
import { createApiKey, listApiKeys, revokeApiKey, rotateApiKey } from './tenancy/api-keys.ts'
import { overrideLimit, removeOverride } from './tenancy/limits.ts'
import { listLimits } from './tenancy/list-limits.ts'
import { addMember, listMembers, removeMember, updateMember } from './tenancy/members.ts'
import { createOrganization, getOrganization, listOrganizations } from './tenancy/organizations.ts'
import {
  createAnotherAdminKey,
  createServiceKey,
  listAdminKeys,
  listServiceKeys,
  revokeAdminKey,
  revokeServiceKey,
  rotateServiceKey,
} from './tenancy/platform-keys.ts'
import { getDelivery, listDeliveries, resend, testWebhook } from './webhooks/deliveries.ts'
import {
  createWebhook,
  getWebhook,
  listWebhooks,
  removeWebhook,
  rotateWebhookSecret,
  updateWebhook,
} from './webhooks/endpoints.ts'
import { listDomainEvents, listPlatformEvents } from './webhooks/list-events.ts'
import { getWorkflow, listWorkflows, workflowDefinitions } from './workflows/read-workflows.ts'
import { startWorkflow } from './workflows/start-run.ts'
import {
  cancelWorkflow,
  pauseWorkflow,
  resumeWorkflow,
  retryWorkflow,
  rollbackWorkflow,
} from './workflows/steer-run.ts'

type Declared = (typeof operations)[number]

/** The argument of a verb: its validated input, with the organization. */
type Given<One extends Declared> = One['name'] extends 'record'
  ? readonly Call[]
  : One['name'] extends 'check' | 'track' | 'reserve'
    ? Reservation & { readonly organizationId: string }
    : z.output<One['input']> &
        (One['right'] extends Right ? { readonly organizationId: string } : unknown)

/** The answer of a verb: the interface's answer without its methods. */
type Answer<Name extends string> = Name extends 'reserve'
  ? Replayable<ReservationDecision>
  : Name extends 'budgets.open'
    ? Replayable<Budget>
    : Name extends 'catalog.apply'
      ? CatalogVersion | CatalogDiff
      : Awaited<ReturnType<VerbNamed<Name>>>

type Verbs = {
  readonly [One in Declared as One['name']]: (
    ctx: Context,
    input: Given<One>,
    options: CallOptions,
  ) => Promise<Answer<One['name']>>
}

/** The verb of every operation. `operations` declares how each is called. */
export const verbs: Verbs = {
  ...auditedGate,
  settle,
  release,
  record,
  reverse,
  explain,
  'budgets.open': openBudgetOf,
  'budgets.get': getBudget,
  'budgets.list': listBudgets,
  'budgets.close': closeBudgetOf,
  'usage.current': current,
  'usage.quota': quota,
  'usage.daily': dailyUsage,
  'usage.endpoints': endpointsUsage,
  'usage.history': listHistory,
  'usage.export': exportHistory,
  'usage.series': usageSeries,
  'usage.refusals': listRefusals,
  'usage.live': liveUsage,
  'usage.dashboard': usageDashboard,
  'usage.management': usageManagement,
  'usage.manage': manageUsage,
  'usage.overage': overage,
  'usage.onAnotherPlan': onAnotherPlan,
  'usage.recommendation': recommendUpgrade,
  'usage.aggregate': aggregateUsage,
  'usage.rerate': rerate,
  'organizations.create': createOrganization,
  'organizations.list': listOrganizations,
  'organizations.get': getOrganization,
  'organizations.update': updateOrganization,
  'organizations.close': closeOrganization,
  'members.list': listMembers,
  'members.add': addMember,
  'members.update': updateMember,
  'members.remove': removeMember,
  'apiKeys.list': listApiKeys,
  'apiKeys.create': createApiKey,
  'apiKeys.rotate': rotateApiKey,
  'apiKeys.revoke': revokeApiKey,
  'serviceKeys.list': listServiceKeys,
  'serviceKeys.create': createServiceKey,
  'serviceKeys.rotate': rotateServiceKey,
  'serviceKeys.revoke': revokeServiceKey,
  'adminKeys.create': createAnotherAdminKey,
  'adminKeys.list': listAdminKeys,
  'adminKeys.revoke': revokeAdminKey,
  'limits.list': listLimits,
  'limits.override': overrideLimit,
  'limits.remove': removeOverride,
  'grants.create': createGrant,
  'grants.list': listGrants,
  'grants.balance': creditBalance,
  'grants.movements': creditMovements,
  'grants.setTopUp': setTopUp,
  'grants.end': endGrantOf,
  'invoices.list': listInvoices,
  'invoices.preview': previewInvoice,
  'invoices.get': getInvoice,
  'invoices.lineEvents': lineEvents,
  'creditNotes.create': createCreditNote,
  'creditNotes.list': listCreditNotes,
  'stripe.link': getStripeLink,
  'stripe.setCustomer': setCustomer,
  'stripe.receive': receiveStripeEvent,
  'stripe.reconcile': reconcile,
  'stripe.collectSince': collectSince,
  'subscriptions.get': getSubscription,
  'subscriptions.plans': offeredPlans,
  'subscriptions.preview': previewChange,
  'subscriptions.change': changePlan,
  'subscriptions.cancel': cancelSubscription,
  'subscriptions.keep': keepSubscription,
  'subscriptions.restart': restartSubscription,
  'subscriptions.pause': pauseSubscription,
  'subscriptions.resume': resumeSubscription,
  'subscriptions.extendTrial': extendTrial,
  'subscriptions.endTrial': endTrial,
  'subscriptions.previewMigration': previewMigration,
  'subscriptions.migrate': migrate,
  'billing.run': processOverage,
  'jobs.list': listJobs,
  'jobs.run': runJob,
  'jobs.get': getJobRun,
  'workflows.definitions': workflowDefinitions,
  'workflows.start': startWorkflow,
  'workflows.list': listWorkflows,
  'workflows.get': getWorkflow,
  'workflows.pause': pauseWorkflow,
  'workflows.resume': resumeWorkflow,
  'workflows.rollback': rollbackWorkflow,
  'workflows.retry': retryWorkflow,
  'workflows.cancel': cancelWorkflow,
  'analytics.usage': adminUsage,
  'system.get': systemFacts,
  'analytics.series': platformSeries,
  'analytics.overview': analyticsOverview,
  'analytics.revenue': revenueHistory,
  'analytics.customers': customers,
  'analytics.exportCustomers': exportCustomers,
  'analytics.margin': organizationMargin,
  'analytics.trials': trialSignals,
  'audit.list': listAudit,
  'audit.export': exportAudit,
  'audit.append': appendAct,
  'audit.resolve': resolveAudit,
  'audit.listPlatform': listPlatformAudit,
  'audit.exportPlatform': exportPlatformAudit,
  'audit.verify': startVerification,
  'audit.verifications': listVerifications,
  'audit.verification': getVerification,
  'audit.heads': listHeads,
  'audit.resolvePlatform': resolvePlatformAudit,
  'alerts.list': listAlerts,
  'alerts.create': createAlert,
  'alerts.get': getAlert,
  'alerts.update': updateAlert,
  'alerts.remove': removeAlert,
  'alerts.firings': listAlertFirings,
  'platformAlerts.list': listAlerts,
  'platformAlerts.create': createAlert,
  'platformAlerts.get': getAlert,
  'platformAlerts.update': updateAlert,
  'platformAlerts.remove': removeAlert,
  'platformAlerts.firings': listPlatformFirings,
  'domainEvents.list': listDomainEvents,
  'domainEvents.listPlatform': listPlatformEvents,
  'webhooks.list': listWebhooks,
  'webhooks.create': createWebhook,
  'webhooks.get': getWebhook,
  'webhooks.update': updateWebhook,
  'webhooks.remove': removeWebhook,
  'webhooks.rotateSecret': rotateWebhookSecret,
  'webhooks.test': testWebhook,
  'platformWebhooks.list': listWebhooks,
  'platformWebhooks.create': createWebhook,
  'platformWebhooks.get': getWebhook,
  'platformWebhooks.update': updateWebhook,
  'platformWebhooks.remove': removeWebhook,
  'platformWebhooks.rotateSecret': rotateWebhookSecret,
  'platformWebhooks.test': testWebhook,
  'channels.list': listChannels,
  'channels.create': createChannel,
  'channels.get': getChannel,
  'channels.update': changeChannel,
  'channels.remove': removeChannel,
  'channels.test': testChannel,
  'channels.preview': previewChannel,
  'platformChannels.list': listChannels,
  'platformChannels.create': createChannel,
  'platformChannels.get': getChannel,
  'platformChannels.update': changeChannel,
  'platformChannels.remove': removeChannel,
  'platformChannels.test': testChannel,
  'platformChannels.preview': previewChannel,
  'channelDeliveries.list': channelDeliveries.list,
  'channelDeliveries.get': channelDeliveries.get,
  'channelDeliveries.resend': channelDeliveries.resend,
  'platformChannelDeliveries.list': channelDeliveries.list,
  'platformChannelDeliveries.get': channelDeliveries.get,
  'platformChannelDeliveries.resend': channelDeliveries.resend,
  'deliveries.list': listDeliveries,
  'deliveries.get': getDelivery,
  'deliveries.resend': resend,
  'platformDeliveries.list': listDeliveries,
  'platformDeliveries.get': getDelivery,
  'platformDeliveries.resend': resend,
  'catalog.inForce': catalogsInForce,
  'catalog.versions': listCatalogVersions,
  'catalog.diff': diffCatalog,
  'catalog.dryRun': dryRun,
  'catalog.apply': applyCatalogDocument,
  'catalog.refresh': refreshCatalogs,
  'catalog.eventTypes.list': listEventTypes,
  'catalog.eventTypes.create': createEventType,
  'catalog.eventTypes.get': getEventType,
  'catalog.eventTypes.update': updateEventType,
  'catalog.plans.list': listPlans,
  'catalog.plans.create': createPlan,
  'catalog.plans.get': getPlan,
  'catalog.plans.update': updatePlan,
  'catalog.modelPrices.list': listModelPrices,
  'catalog.modelPrices.set': setModelPrice,
}
