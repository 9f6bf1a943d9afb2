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

const channel = {
  channelId: z.string(),
  channelKind: z.enum(['slack', 'email']),
  target: z.string(),
  reason: z.string(),
}
const jobOf = {
  job: z.string(),
  scheduledFor: instant.describe('of a job that each process does for itself: when it began'),
  node: z.string().optional().describe('the process, where each does it for itself'),
}

const returned = {
  grantId,
  credits: credits.describe('so many more, or fewer, than before'),
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
  firingId: z.string().describe('the same in both events of a firing'),
  alertId: z.string().describe('the rule'),
  rule: z.enum(ALERT_KINDS),
  severity: z.enum(SEVERITIES),
  title: z.string().describe('one plain line'),
  subject: z.string().nullable().describe('what it is about, such as `tokens/day`'),
  value: exact,
  threshold: exact,
  maximum: exact,
  unit: z.string().nullable(),
  windowStart: instant.nullable(),
  windowEnd: instant.nullable(),
  occurredAt: instant.describe('when what crossed the line happened'),
  decidedAt: instant.describe('when it was known'),
  standing: z.boolean().describe('it was so before the rule or the limit was'),
  cause: z.string().describe('the same for what has one cause, to be told together'),
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
  'organization.created': kind('An organization was made.', {
    name: z.string(),
    ...planVersion.shape,
    startsAt: instant,
    trialEndsAt: instant.optional(),
  }),
  'organization.updated': kind('Its name or its settings changed.', {
    name: z.string(),
    warnPercent: z.number(),
  }),
  'organization.closed': kind('It was closed: the gate refuses it from now on.', {
    name: z.string(),
    plan,
  }),
  'plan.changed': kind('It is on another plan, or another version of it.', {
    from: planVersion,
    to: planVersion,
  }),
  'plan.change_scheduled': kind('It is to be on another plan when what runs is over.', {
    from: planVersion,
    to: planVersion,
    at: instant,
  }),
  'subscription.kept': kind('What was scheduled of it was taken back.', { plan }),
  'subscription.canceled': kind('It is to end.', { plan, endsAt: instant }),
  'subscription.ended': kind('It is over: the gate refuses it.', { plan }),
  'subscription.restarted': kind('It began again.', { plan, endedAt: instant }),
  'subscription.paused': kind('The gate refuses it, and nothing is charged.', { plan }),
  'subscription.resumed': kind('It goes on.', { plan, pausedAt: instant }),
  'trial.started': kind('A trial began.', { plan, endsAt: instant }),
  'trial.extended': kind('The end of its trial was moved.', { plan, endsAt: instant }),
  'trial.converted': kind('A paid plan follows its trial.', { from: plan, to: plan }),
  'trial.ended': kind('Its trial is over, and nobody chose a plan.', { plan, nextPlan: plan }),
  'limit.overridden': kind("One of its limits was set apart from its plan's.", {
    ...limitOf,
    max: z.number().nullable().describe('null: unlimited'),
    behavior: z.string(),
    reason: z.string(),
    setBy: z.enum(['platform', 'organization']),
    expiresAt: instant.nullable(),
  }),
  'limit.override_removed': kind('What its plan says of a limit is in force again.', limitOf),
  'limit.reached': kind(
    'A call was refused by a limit, for the first time in its window; of a rate, and of what is in flight, in an hour.',
    {
      ...limitOf,
      windowStart: instant,
      behavior: z.string(),
      subject: z.string().optional().describe('the user or key that the limit is of'),
      max: z.number().optional(),
      cap: z.number().optional().describe('of overage'),
      burst: z.number().optional().describe('of a rate'),
      used: z.number().describe('with what is held and leased'),
      asked: z.number(),
    },
  ),
  'credits.granted': kind('Credits were given, or came again.', {
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
  'credits.taken_back': kind('What was left of given credits was taken back.', {
    grantId,
    credits,
  }),
  'credits.expired': kind('What was left of given credits can no longer be used.', {
    grantId,
    credits,
  }),
  'credits.refunded': kind('Bought credits were taken back, since their money was.', returned),
  'credits.given_back': kind(
    'They are there again: their money was not returned after all.',
    returned,
  ),
  'credits.frozen': kind(
    'Bought credits cannot be used while their payment is in dispute.',
    returned,
  ),
  'credits.unfrozen': kind('They can be used again: the dispute is over.', returned),
  'credits.exhausted': kind(
    'A call was refused for want of credits, for the first time in the window of the allowance.',
    { window: z.string(), windowStart: instant, used: credits, asked: credits },
  ),
  'alert.fired': kind('A rule of alerts fired: something is near, wrong or over.', alert),
  'alert.recovered': kind(
    'What a rule told of is well again, or is no longer expected. Only after `alert.fired`.',
    alert,
  ),
  'invoice.closed': kind('A period is over, and its invoice is final.', {
    invoiceId: z.string(),
    periodStart: instant,
    periodEnd: instant,
    currency: z.string(),
    totalMinorUnits: minorUnits,
    dueMinorUnits: minorUnits,
  }),
  'credit_note.issued': kind('A part of an invoice was given back, by the next one.', {
    creditNoteId: z.string(),
    invoiceId: z.string(),
    currency: z.string(),
    amountMinorUnits: minorUnits,
    reason: z.string(),
  }),
  'invoice.collected': kind('An invoice at the payment provider was paid.', stripeInvoice),
  'invoice.failed': kind('An invoice will not be paid.', stripeInvoice),
  'payment.failed': kind('A payment failed, and may be tried again.', {
    ...stripeInvoice,
    attempts: z.number().int(),
  }),
  'budget.expired': kind('The budget of a run ended by itself: nobody ended it.', {
    budgetId: z.string(),
    openedAt: instant,
    by: z.enum(['time', 'idle']).describe('time: its end had come; idle: it was not used for long'),
  }),
  'usage.reversed': kind('Recorded use was undone.', {
    eventId: z.string(),
    reversalId: z.string(),
    eventType: z.string(),
    credits,
    reason: z.string().optional(),
  }),
  'usage.rerated': kind('Past use was priced anew.', {
    events: z.number().int(),
    reason: z.string(),
    from: instant,
    to: instant,
  }),
  'member.added': kind('A user was let in.', member),
  'member.updated': kind('The role or name of a member changed.', {
    ...member,
    formerRole: z.string(),
  }),
  'member.removed': kind('A user is no longer a member.', member),
  'api_key.created': kind("A key was made; of the platform's, where there is no organization.", {
    ...key,
    scopes: z.array(z.string()),
    expiresAt: instant.nullable(),
  }),
  'api_key.rotated': kind('Another key takes the place of a key, which ends soon.', {
    ...key,
    replacedBy: z.string(),
    replacedUntil: instant,
  }),
  'api_key.revoked': kind('A key was ended.', key),
  'catalog.applied': kind('A catalog, or a part of it, has a new version. Of the platform.', {
    catalog: z.string(),
    version: z.number().int(),
    action: z.string().describe('as in the audit log: `catalog.applied`, `plan.updated`, …'),
    note: z.string().optional(),
  }),
  'job.failed': kind('A job failed, for the first time since it last did not. Of the platform.', {
    ...jobOf,
    error: z.string(),
  }),
  'job.recovered': kind('A job that failed was done again. Of the platform.', {
    ...jobOf,
    failingSince: instant,
    failures: z.number().int(),
  }),
  'workflow.stuck': kind('A step of a workflow needs a person. Of the platform.', workflowRun),
  'workflow.ended': kind('A run of a workflow is over. Of the platform.', {
    runId: z.string(),
    workflow: z.string(),
    version: z.string(),
    organizationId: z.string().optional(),
    state: z.enum(['done', 'undone', 'canceled']),
  }),
  'webhook.disabled': kind('An endpoint is told nothing more, since it failed for too long.', {
    endpointId: z.string(),
    target: z.string(),
    reason: z.string(),
  }),
  'webhook.test': kind('A test, sent when somebody asks for it.', { endpointId: z.string() }),
  'channel.failing': kind('Three messages of a channel were refused for good, one after another.', {
    ...channel,
  }),
  'channel.disabled': kind('A channel is told nothing more.', channel),
  'channel.test': kind('A test of a channel, sent when somebody asks for it.', {
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

/** What an endpoint may subscribe to: a kind or a group. */
export const SUBSCRIPTIONS: readonly string[] = [...ALL_EVENT_KINDS, ...EVENT_GROUPS]
