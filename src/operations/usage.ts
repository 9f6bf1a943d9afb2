import { dashboardRequestSchema, usageDashboardSchema } from '../contract/insight.ts'
import {
  anotherPlanRequestSchema,
  anotherPlanSchema,
  upgradeAdviceSchema,
  usageOverageSchema,
} from '../contract/plan-reports.ts'
import { quotaRequestSchema, quotaSchema } from '../contract/quota.ts'
import { refusalListSchema, refusalPageSchema } from '../contract/refusals.ts'
import { currentUsageSchema } from '../contract/tenancy.ts'
import {
  historyEventSchema,
  historyExportSchema,
  historyListSchema,
  historyPageSchema,
} from '../contract/usage-history.ts'
import { usageManagementSchema, usageManagementUpdateSchema } from '../contract/usage-management.ts'
import {
  dailyRequestSchema,
  dailyUsageSchema,
  endpointsRequestSchema,
  endpointsUsageSchema,
  liveRequestSchema,
} from '../contract/usage-reports.ts'
import { seriesRequestSchema, usageSeriesSchema } from '../contract/usage-series.ts'
import { operation } from './operation.ts'

export const usageOperations = [
  operation({
    name: 'usage.current',
    method: 'get',
    path: '/api/usage/current',
    right: 'usage.read',
    tag: 'Usage',
    summary: 'Get current usage',
    output: currentUsageSchema,
    answer: 'Its limits, and how much of each is used in the window that contains now.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'usage.quota',
    method: 'get',
    path: '/api/usage/quota',
    right: 'usage.read',
    tag: 'Usage',
    summary: 'Check a quota',
    description:
      'Looks at the limits of the organization as a whole on one meter, whichever event type adds to ' +
      'it. Nothing is taken: to be sure of it, reserve.',
    query: quotaRequestSchema,
    output: quotaSchema,
    answer: 'Yes or no, and how each limit stands.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'usage.daily',
    method: 'get',
    path: '/api/usage/history',
    right: 'usage.read',
    tag: 'Usage',
    summary: 'Get usage by day',
    description:
      'The days are those of the time zone, added up from the roll-ups of UTC hours; the windows of ' +
      'limits are in UTC whatever it is.',
    query: dailyRequestSchema,
    output: dailyUsageSchema,
    answer: 'Every day, oldest first.',
    repeat: 'read',
    http: { form: 'etag' },
  }),
  operation({
    name: 'usage.endpoints',
    method: 'get',
    path: '/api/usage/endpoints',
    right: 'usage.read',
    tag: 'Usage',
    summary: 'Get usage by endpoint, with latencies',
    description:
      'Percentiles are read from histograms, and are within 10 % of the true ones. Those are kept by ' +
      'UTC day, so they cover every UTC day that has a part in the range, as `latency` says.',
    query: endpointsRequestSchema,
    output: endpointsUsageSchema,
    answer: 'The most called first.',
    repeat: 'read',
    http: { form: 'etag' },
  }),
  operation({
    name: 'usage.history',
    method: 'get',
    path: '/api/organizations/{organizationId}/usage/history',
    right: 'usage.read',
    tag: 'Usage',
    summary: 'List usage events',
    description:
      'Filters are taken together. Without dates, the last 400 days, as far as raw events are kept. ' +
      'Pages reach to the 10,000th event, and cursors to the last one. With `format`, everything ' +
      'that fits as a file, CSV or a JSON object a line; cells that a spreadsheet would take for a ' +
      'formula begin with an apostrophe.',
    query: historyListSchema,
    output: historyPageSchema,
    answer: 'A page of them.',
    repeat: 'read',
    http: { form: 'file', file: 'usage.export' },
  }),
  operation({
    name: 'usage.export',
    method: 'get',
    path: '/api/organizations/{organizationId}/usage/history',
    right: 'usage.read',
    tag: 'Usage',
    summary: 'Export usage events',
    query: historyExportSchema,
    output: historyEventSchema,
    answer: 'The events in the order of time, as they are read.',
    repeat: 'read',
    http: { form: 'lines' },
  }),
  operation({
    name: 'usage.series',
    method: 'get',
    path: '/api/organizations/{organizationId}/usage/series',
    right: 'usage.read',
    tag: 'Usage',
    summary: 'Chart a metric over time',
    description:
      'By hour, day, week or month of the time zone. `total` is always `values`, `others` and `none` ' +
      'together. From roll-ups; a meter that is grouped comes from raw events.',
    query: seriesRequestSchema,
    output: usageSeriesSchema,
    answer: 'The series.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'usage.refusals',
    method: 'get',
    path: '/api/organizations/{organizationId}/usage/refusals',
    right: 'usage.read',
    tag: 'Usage',
    summary: 'List refused calls',
    description:
      'The latest first, for as long as decisions are kept. Each call that a limit refused is one ' +
      'item, and can be explained; of what was refused for another reason there may be a sample, ' +
      'whose items say how many calls each stands for. What was only checked is not in it.',
    query: refusalListSchema,
    output: refusalPageSchema,
    answer: 'A page of them.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'usage.live',
    method: 'get',
    path: '/api/organizations/{organizationId}/usage/stream',
    right: 'usage.read',
    tag: 'Usage',
    summary: 'Stream current usage',
    description:
      'Server-sent events: `usage`, with the same figures as `GET /api/usage/current`, at once and ' +
      'whenever they change, at most once a second. Who is slow is sent the latest only. With ' +
      '`Last-Event-ID`, nothing until there is something else to tell. Ends when the credential does.',
    headers: liveRequestSchema.shape,
    answer: 'The stream.',
    repeat: 'read',
    problems: ['too_many_streams'],
    http: { form: 'events', headers: { after: 'last-event-id' } },
  }),
  operation({
    name: 'usage.dashboard',
    method: 'get',
    path: '/api/organizations/{organizationId}/usage/dashboard',
    right: 'usage.read',
    tag: 'Insight',
    summary: 'Get the usage dashboard',
    description:
      'Its billing period so far, its days and months, what is expected of it, and what deserves a ' +
      'warning. Days are those of the time zone; the windows of limits are in UTC.',
    query: dashboardRequestSchema,
    output: usageDashboardSchema,
    answer: 'The dashboard.',
    repeat: 'read',
    http: { form: 'etag' },
  }),
  operation({
    name: 'usage.management',
    method: 'get',
    path: '/api/organizations/{organizationId}/usage/management',
    right: 'usage.read',
    tag: 'Insight',
    summary: 'Get limits, thresholds, plan and settings',
    output: usageManagementSchema,
    answer: 'As they are now.',
    repeat: 'read',
  }),
  operation({
    name: 'usage.manage',
    method: 'patch',
    path: '/api/organizations/{organizationId}/usage/management',
    right: 'limits.manage',
    tag: 'Insight',
    summary: 'Change limits, thresholds, plan and settings',
    description:
      'All that is given, or nothing when any of it is refused. Owners and admins may tighten limits, ' +
      'and set the threshold of warnings and the time zone; a plan is chosen by the owner.',
    body: usageManagementUpdateSchema,
    example: {
      warnPercent: 90,
      timezone: 'Europe/Berlin',
      limits: [
        { meter: 'credits', window: 'period', max: 5_000, behavior: 'hard', reason: 'a budget' },
      ],
    },
    output: usageManagementSchema,
    answer: 'As they are now.',
    repeat: 'never',
    problems: ['not_found', 'unprocessable'],
  }),
  operation({
    name: 'usage.overage',
    method: 'get',
    path: '/api/usage/overage',
    right: 'usage.read',
    tag: 'Insight',
    summary: 'Get the overage of the current period',
    output: usageOverageSchema,
    answer: 'Each limit with overage, and their sum.',
    repeat: 'read',
  }),
  operation({
    name: 'usage.onAnotherPlan',
    method: 'get',
    path: '/api/organizations/{organizationId}/usage/another-plan',
    right: 'usage.read',
    tag: 'Insight',
    summary: 'Compare the current period with another plan',
    description:
      'Which of its limits would have refused, what overage it would have charged, and what that ' +
      'comes to beside the present plan.',
    query: anotherPlanRequestSchema,
    output: anotherPlanSchema,
    answer: 'Both plans side by side.',
    repeat: 'read',
    problems: ['unprocessable'],
  }),
  operation({
    name: 'usage.recommendation',
    method: 'get',
    path: '/api/organizations/{organizationId}/usage/recommendation',
    right: 'usage.read',
    tag: 'Insight',
    summary: 'Recommend a plan',
    description:
      'Of the current period so far and the three before it, with the figures behind it.',
    output: upgradeAdviceSchema,
    answer: 'The plan, and all that compete.',
    repeat: 'read',
  }),
] as const
