import { z } from 'zod'
import { ALERT_KINDS } from '../core/alert-kinds.ts'
import { SEVERITIES } from '../core/severity.ts'

const instant = z.iso.datetime()
const plan = z.string().describe('`catalog/plan`')
const planVersion = z.object({ plan, planVersion: z.number().int() })
const limitOf = {
  meter: z.string(),
  window: z.string(),
  per: z.string().describe('organization, api_key or user'),
}
const minorUnits = z.number().int().describe('in the smallest unit of the currency')
const grantId = z.string()
const credits = z.number().describe('exact to six decimals')
const member = { userId: z.string(), role: z.string(), name: z.string().nullable() }
const key = { keyId: z.string(), name: z.string(), prefix: z.string() }
const stripeInvoice = {
  stripeInvoiceId: z.string(),
  currency: z.string(),
  dueMinorUnits: minorUnits,
  paidMinorUnits: minorUnits,
}

const dispute = {
  stripeDisputeId: z.string(),
  stripeInvoiceId: z.string().optional().describe('which the payment was of'),
  status: z.string().describe('as Stripe says: `needs_response`, `under_review`, `won`, `lost`, …'),
  reason: z.string().describe('as Stripe says: `fraudulent`, `general`, …'),
  currency: z.string(),
  amountMinorUnits: minorUnits,
}
const channel = {
  channelId: z.string(),
  channelKind: z.enum(['slack', 'email']),
  target: z.string(),
  reason: z.string(),
}
const jobOf = {
  job: z.string(),
  scheduledFor: instant.describe('for a job that every process runs: when it began'),
  node: z.string().optional().describe('for a job that every process runs: the process'),
}

const returned = {
  grantId,
  credits: credits.describe('the change in credits'),
  stripeInvoiceId: z.string(),
  receivedMinorUnits: minorUnits,
  returnedMinorUnits: minorUnits,
  disputedMinorUnits: minorUnits,
}
const workflowRun = {
  runId: z.string(),
  workflow: z.string(),
  version: z.string(),
  organizationId: z.string().optional(),
  step: z.string(),
  direction: z.enum(['do', 'undo']),
  error: z.string(),
}
const exact = z.string().nullable().describe('an exact decimal, in `unit`')
const alert = {
  firingId: z.string().describe('equal in both events of a firing'),
  alertId: z.string().describe('the rule'),
  rule: z.enum(ALERT_KINDS),
  severity: z.enum(SEVERITIES),
  title: z.string().describe('one plain line'),
  subject: z.string().nullable().describe('what the alert is about, such as `tokens/day`'),
  value: exact,
  threshold: exact,
  maximum: exact,
  unit: z.string().nullable(),
  windowStart: instant.nullable(),
  windowEnd: instant.nullable(),
  occurredAt: instant.describe('when the use that crossed the threshold happened'),
  decidedAt: instant.describe('when the firing was decided'),
  standing: z
    .boolean()
    .describe('true: the level was exceeded before the rule or the limit existed'),
  cause: z.string().describe('equal for firings with the same cause, so that they can be grouped'),
}

const kind = <Data extends z.ZodRawShape>(says: string, data: Data) => ({
  says,
  data: z.object(data),
})

/**
 * Every kind of domain event, with its meaning and data. Fields may be added, but never removed or
 * changed in meaning. Receivers must ignore unknown fields.
 */
export const EVENT_KINDS = {
  'organization.created': kind('An organization was created.', {
    name: z.string(),
    ...planVersion.shape,
    startsAt: instant,
    trialEndsAt: instant.optional(),
  }),
  'organization.updated': kind('The name or settings of an organization changed.', {
    name: z.string(),
    warnPercent: z.number(),
  }),
  'organization.closed': kind('An organization was closed. The gate now refuses its calls.', {
    name: z.string(),
    plan,
  }),
  'plan.changed': kind('An organization moved to another plan or plan version.', {
    from: planVersion,
    to: planVersion,
  }),
  'plan.change_scheduled': kind(
    'An organization will move to another plan at the end of its period or trial.',
    {
      from: planVersion,
      to: planVersion,
      at: instant,
    },
  ),
  'subscription.kept': kind('A scheduled change of a subscription was undone.', { plan }),
  'subscription.canceled': kind('A subscription was canceled and will end.', {
    plan,
    endsAt: instant,
  }),
  'subscription.ended': kind('A subscription ended. The gate now refuses calls.', { plan }),
  'subscription.restarted': kind('An ended subscription restarted.', { plan, endedAt: instant }),
  'subscription.paused': kind(
    'A subscription was paused. The gate refuses calls and nothing is charged.',
    { plan },
  ),
  'subscription.resumed': kind('A paused subscription resumed.', { plan, pausedAt: instant }),
  'trial.started': kind('A trial started.', { plan, endsAt: instant }),
  'trial.extended': kind('The end of a trial was moved.', { plan, endsAt: instant }),
  'trial.converted': kind('A trial ended and a paid plan follows.', { from: plan, to: plan }),
  'trial.ended': kind('A trial ended and nobody chose a plan.', { plan, nextPlan: plan }),
  'limit.overridden': kind('A limit of an organization was overridden.', {
    ...limitOf,
    max: z.number().nullable().describe('null: unlimited'),
    behavior: z.string(),
    reason: z.string(),
    setBy: z.enum(['platform', 'organization']),
    expiresAt: instant.nullable(),
  }),
  'limit.override_removed': kind(
    "An override of a limit was removed. The plan's limit applies again.",
    limitOf,
  ),
  'limit.reached': kind(
    'A limit refused a call for the first time in its window. For rates and concurrency ' +
      'limits, for the first time in an hour.',
    {
      ...limitOf,
      windowStart: instant,
      behavior: z.string(),
      subject: z.string().optional().describe('the user or key that the limit applies to'),
      max: z.number().optional(),
      cap: z.number().optional().describe('the cap of an overage limit'),
      burst: z.number().optional().describe('the burst of a rate'),
      used: z.number().describe('including held and leased amounts'),
      asked: z.number(),
    },
  ),
  'credits.granted': kind('Credits were granted, once or by a recurring grant.', {
    grantId,
    credits,
    source: z.string(),
    reason: z.string(),
    startsAt: instant,
    expiresAt: instant.optional(),
  }),
  'credits.topped_up': kind('Credits were bought.', {
    grantId,
    credits,
    source: z.string(),
    reason: z.string(),
    startsAt: instant,
    expiresAt: instant.optional(),
  }),
  'credits.taken_back': kind('The rest of a grant was taken back.', {
    grantId,
    credits,
  }),
  'credits.expired': kind('The rest of a grant expired.', {
    grantId,
    credits,
  }),
  'credits.refunded': kind(
    'Purchased credits were taken back, because their payment was returned.',
    returned,
  ),
  'credits.given_back': kind(
    'Purchased credits were restored, because their payment was not returned after all.',
    returned,
  ),
  'credits.frozen': kind(
    'Purchased credits were frozen while their payment is in dispute.',
    returned,
  ),
  'credits.unfrozen': kind('Frozen credits can be used again. The dispute is over.', returned),
  'credits.exhausted': kind(
    "A call was refused for lack of credits, for the first time in the allowance's window.",
    { window: z.string(), windowStart: instant, used: credits, asked: credits },
  ),
  'alert.fired': kind('An alert rule fired.', alert),
  'alert.recovered': kind(
    'An alert rule recovered, or the forecast behind it no longer holds. Only after ' +
      '`alert.fired`.',
    alert,
  ),
  'invoice.closed': kind('A period ended and its invoice is final.', {
    invoiceId: z.string(),
    periodStart: instant,
    periodEnd: instant,
    currency: z.string(),
    totalMinorUnits: minorUnits,
    dueMinorUnits: minorUnits,
  }),
  'credit_note.issued': kind('A credit note was issued. The next invoice applies it.', {
    creditNoteId: z.string(),
    invoiceId: z.string(),
    currency: z.string(),
    amountMinorUnits: minorUnits,
    reason: z.string(),
  }),
  'invoice.collected': kind('An invoice was paid at the payment provider.', stripeInvoice),
  'invoice.failed': kind('An invoice will not be paid.', stripeInvoice),
  'payment.failed': kind('A payment failed. It may be tried again.', {
    ...stripeInvoice,
    attempts: z.number().int(),
  }),
  'dispute.opened': kind('A payment was disputed at the payment provider.', {
    ...dispute,
    respondBy: instant.nullable().describe('the deadline for evidence; null: none is accepted'),
  }),
  'dispute.closed': kind('A dispute ended: won, lost or withdrawn.', dispute),
  'budget.expired': kind('A budget ended by time, without being closed.', {
    budgetId: z.string(),
    openedAt: instant,
    by: z
      .enum(['time', 'idle'])
      .describe('time: its end was reached; idle: it was not used for too long'),
  }),
  'usage.reversed': kind('Recorded use was reversed.', {
    eventId: z.string(),
    reversalId: z.string(),
    eventType: z.string(),
    credits,
    reason: z.string().optional(),
  }),
  'usage.rerated': kind('Past use was priced again.', {
    events: z.number().int(),
    reason: z.string(),
    from: instant,
    to: instant,
  }),
  'member.added': kind('A user became a member.', member),
  'member.updated': kind('The role or name of a member changed.', {
    ...member,
    formerRole: z.string(),
  }),
  'member.removed': kind('A member was removed.', member),
  'api_key.created': kind(
    'A key was created; a key of the platform when there is no organization.',
    {
      ...key,
      scopes: z.array(z.string()),
      expiresAt: instant.nullable(),
    },
  ),
  'api_key.rotated': kind('A key was replaced by a new one and ends soon.', {
    ...key,
    replacedBy: z.string(),
    replacedUntil: instant,
  }),
  'api_key.revoked': kind('A key was revoked.', key),
  'catalog.applied': kind(
    'A catalog or a part of it has a new version. An event of the platform.',
    {
      catalog: z.string(),
      version: z.number().int(),
      action: z.string().describe('as in the audit log: `catalog.applied`, `plan.updated`, …'),
      note: z.string().optional(),
    },
  ),
  'job.failed': kind(
    'A job failed, for the first time since its last success. An event of the platform.',
    {
      ...jobOf,
      error: z.string(),
    },
  ),
  'job.recovered': kind('A failed job succeeded again. An event of the platform.', {
    ...jobOf,
    failingSince: instant,
    failures: z.number().int(),
  }),
  'workflow.stuck': kind(
    'A step of a workflow needs a person. An event of the platform.',
    workflowRun,
  ),
  'workflow.ended': kind('A run of a workflow ended. An event of the platform.', {
    runId: z.string(),
    workflow: z.string(),
    version: z.string(),
    organizationId: z.string().optional(),
    state: z.enum(['done', 'undone', 'canceled']),
  }),
  'webhook.disabled': kind('An endpoint was disabled, because it failed for too long.', {
    endpointId: z.string(),
    target: z.string(),
    reason: z.string(),
  }),
  'webhook.test': kind('A test that somebody requested.', { endpointId: z.string() }),
  'channel.failing': kind('Three messages of a channel in a row were refused permanently.', {
    ...channel,
  }),
  'channel.disabled': kind('A channel was disabled.', channel),
  'channel.test': kind('A test of a channel that somebody requested.', {
    channelId: z.string(),
  }),
} as const satisfies Record<string, { says: string; data: z.ZodObject }>

export type DomainEventKind = keyof typeof EVENT_KINDS

/** The data of an event kind. */
export type DomainEventData<Kind extends DomainEventKind> = z.output<
  (typeof EVENT_KINDS)[Kind]['data']
>

export const ALL_EVENT_KINDS = Object.keys(EVENT_KINDS) as readonly DomainEventKind[]

/** The groups of kinds, named by the part before the dot. */
const EVENT_GROUPS = [...new Set(ALL_EVENT_KINDS.map((name) => `${name.split('.')[0]}.*`))]

/** An endpoint subscribes to kinds or to groups of kinds. */
export const SUBSCRIPTIONS: readonly string[] = [...ALL_EVENT_KINDS, ...EVENT_GROUPS]
