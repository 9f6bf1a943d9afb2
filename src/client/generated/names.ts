// Written by scripts/gen.mjs: change src/operations, then `npm run gen`.

/** The operations outside the hot path: a resource and its verbs. `*` marks a list in pages. */
export const LATE_NAMES = `budgets open list* get close
usage endpoints history* export series refusals* live management manage overage onAnotherPlan recommendation aggregate rerate
organizations create list* get update close
members list* add update remove
apiKeys list* create rotate revoke
serviceKeys list* create rotate revoke
adminKeys list* create revoke
limits list override remove
grants create list* balance movements* setTopUp end
invoices list* preview get lineEvents*
creditNotes create list
stripe link setCustomer receive reconcile collectSince
subscriptions get plans preview change cancel keep restart pause resume extendTrial endTrial previewMigration* migrate
billing run
analytics usage series overview revenue customers* exportCustomers margin trials
audit list* export append resolve listPlatform* exportPlatform verify verifications* verification heads* resolvePlatform
alerts list* create get update remove firings*
platformAlerts list* create get update remove firings*
domainEvents list* listPlatform*
webhooks list* create get update remove rotateSecret test
platformWebhooks list* create get update remove rotateSecret test
channels list* create get update remove test preview
platformChannels list* create get update remove test preview
channelDeliveries list* get resend
platformChannelDeliveries list* get resend
deliveries list* get resend
platformDeliveries list* get resend
catalog inForce apply diff dryRun versions refresh
catalog.eventTypes list create get update
catalog.plans list create get update
catalog.modelPrices list set
jobs list* run get
workflows definitions start list* get pause resume rollback retry cancel
system get`
