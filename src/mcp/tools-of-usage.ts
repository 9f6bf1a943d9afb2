import type { Tool } from './tool.ts'

/** Tools for current use, and for the reasons of refusals. */
export const READING_USAGE: readonly Tool[] = [
  {
    name: 'get_usage',
    title: 'Usage now',
    description:
      'How one organization stands now: its plan, its billing period, and each limit with what is ' +
      'used and left of it. A `max` of null is no limit.',
    operations: ['usage.current'],
    cuts: 'limits',
  },
  {
    name: 'get_usage_series',
    title: 'Usage over time',
    description:
      'One figure of an organization over time, such as credits by day, and told apart by event ' +
      'type, model, user or endpoint with `groupBy`. The last 30 days by day unless it says else. ' +
      'Amounts in US dollars are decimal text.',
    operations: ['usage.series'],
    pairs: ['values'],
  },
  {
    name: 'check_limit',
    title: 'Would more fit?',
    description:
      'Whether so much more of a meter would fit an organization’s limits now, and how each of them ' +
      'stands. Takes nothing.',
    operations: ['usage.quota'],
    cuts: 'limits',
  },
  {
    name: 'list_refusals',
    title: 'Refused calls',
    description:
      'What the gate refused an organization, the latest first, with the reason and the id by which ' +
      '`explain_decision` tells the whole story.',
    operations: ['usage.refusals'],
  },
  {
    name: 'explain_decision',
    title: 'Explain a decision',
    description:
      'Why a call was refused or let through: what was asked, how each limit stood, by which ' +
      'version of the catalog it was priced, and the story in sentences.',
    operations: ['explain'],
  },
  {
    name: 'forecast_usage',
    title: 'Forecast',
    description:
      'Where an organization is heading: its billing period so far, what is expected at its end ' +
      'with how sure that is, and warnings. Days are those of its time zone.',
    operations: ['usage.dashboard'],
  },
  {
    name: 'list_alerts',
    title: 'Alerts',
    description:
      'Which alerts of an organization fired, the latest first: what crossed which line, how severe ' +
      'that is, and whether it is over.',
    operations: ['alerts.firings'],
  },
  {
    name: 'list_deliveries',
    title: 'Webhook deliveries',
    description:
      'What an endpoint of an organization was sent, the latest first, and what became of each. ' +
      '`list_endpoints` gives the id of the endpoint.',
    operations: ['deliveries.list'],
  },
  {
    name: 'list_endpoints',
    title: 'Webhook endpoints',
    description: 'Where an organization is told of events, and how each endpoint does.',
    operations: ['webhooks.list'],
  },
]
