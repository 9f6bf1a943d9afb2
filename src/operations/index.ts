import { alertsOperations } from './alerts.ts'
import { analyticsOperations } from './analytics.ts'
import { apiKeysOperations } from './api-keys.ts'
import { auditOperations } from './audit.ts'
import { billingOperations } from './billing.ts'
import { budgetsOperations } from './budgets.ts'
import { catalogOperations } from './catalog.ts'
import { channelDeliveriesOperations } from './channel-deliveries.ts'
import { channelsOperations } from './channels.ts'
import { deliveriesOperations } from './deliveries.ts'
import { domainEventsOperations } from './domain-events.ts'
import { gateOperations } from './gate.ts'
import { grantsOperations } from './grants.ts'
import { invoicesOperations } from './invoices.ts'
import { limitsOperations } from './limits.ts'
import { membersOperations } from './members.ts'
import type { Operation, OperationName } from './operation.ts'
import { organizationsOperations } from './organizations.ts'
import { platformKeysOperations } from './platform-keys.ts'
import { stripeOperations } from './stripe.ts'
import { subscriptionsOperations } from './subscriptions.ts'
import { systemOperations } from './system.ts'
import { upkeepOperations } from './upkeep.ts'
import { usageOperations } from './usage.ts'
import { webhooksOperations } from './webhooks.ts'
import { workflowsOperations } from './workflows.ts'

/** Every operation that is a verb of `Tollgate`, in the order of the reference. */
export const operations = [
  ...gateOperations,
  ...budgetsOperations,
  ...usageOperations,
  ...organizationsOperations,
  ...membersOperations,
  ...apiKeysOperations,
  ...platformKeysOperations,
  ...limitsOperations,
  ...grantsOperations,
  ...invoicesOperations,
  ...stripeOperations,
  ...subscriptionsOperations,
  ...billingOperations,
  ...analyticsOperations,
  ...auditOperations,
  ...alertsOperations,
  ...domainEventsOperations,
  ...webhooksOperations,
  ...channelsOperations,
  ...channelDeliveriesOperations,
  ...deliveriesOperations,
  ...catalogOperations,
  ...upkeepOperations,
  ...workflowsOperations,
  ...systemOperations,
] as const

type Declared = (typeof operations)[number]
type Undeclared = Exclude<OperationName, Declared['name']>

/** Operations by name. Does not compile while a verb of `Tollgate` has no declaration. */
export const operationNamed = Object.fromEntries(
  operations.map((one) => [one.name, one]),
) as unknown as [Undeclared] extends [never]
  ? { readonly [Name in OperationName]: Extract<Declared, Operation<Name>> }
  : { readonly undeclared: Undeclared }
