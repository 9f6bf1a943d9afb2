import type { Tool } from './tool.ts'

/** Tools for current use, and for the reasons of refusals. */
export const READING_USAGE: readonly Tool[] = [
  {
    name: 'get_usage',
    title: 'Current usage',
    description:
      'The current state of an organization: its plan, its billing period, and what is used ' +
      'and left of each limit. A `max` of null means unlimited.',
    operations: ['usage.current'],
    cuts: 'limits',
  },
  {
    name: 'get_usage_series',
    title: 'Usage over time',
    description:
      'A figure of an organization over time, such as credits by day. `groupBy` splits it by ' +
      'event type, model, user or endpoint. Default: the last 30 days, by day. Amounts in US ' +
      'dollars are decimal text.',
    operations: ['usage.series'],
    pairs: ['values'],
  },
  {
    name: 'check_limit',
    title: 'Check a quota',
    description:
      "Whether an amount of a meter would fit an organization's limits now, and the state of " +
      'each limit. Reserves nothing.',
    operations: ['usage.quota'],
    cuts: 'limits',
  },
  {
    name: 'list_refusals',
    title: 'Refused calls',
    description:
      'The calls that the gate refused, latest first, each with its reason and the id for ' +
      '`explain_decision`.',
    operations: ['usage.refusals'],
  },
  {
    name: 'explain_decision',
    title: 'Explain a decision',
    description:
      'Why a call was refused or allowed: the requested amounts, the state of each limit, the ' +
      'catalog version that priced it, and an explanation in sentences.',
    operations: ['explain'],
  },
  {
    name: 'forecast_usage',
    title: 'Forecast',
    description:
      'The billing period of an organization so far, the forecast for its end with its ' +
      "uncertainty, and warnings. Days follow the organization's time zone.",
    operations: ['usage.dashboard'],
  },
  {
    name: 'list_alerts',
    title: 'Alerts',
    description:
      'The alerts of an organization that fired, latest first: the value and the threshold, ' +
      'the severity, and whether the alert has recovered.',
    operations: ['alerts.firings'],
  },
  {
    name: 'list_deliveries',
    title: 'Webhook deliveries',
    description:
      'What was sent to an endpoint of an organization, latest first, with the results. ' +
      "`list_endpoints` returns the endpoint's id.",
    operations: ['deliveries.list'],
  },
  {
    name: 'list_endpoints',
    title: 'Webhook endpoints',
    description: 'The webhook endpoints of an organization, with their states.',
    operations: ['webhooks.list'],
  },
]
