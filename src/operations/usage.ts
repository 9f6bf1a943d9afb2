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
    answer: 'The limits, and how much of each is used in the current window.',
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
      "Checks the organization's own limits on one meter, whatever event type uses it. Nothing " +
      'is reserved; to be sure of an amount, use a reservation.',
    query: quotaRequestSchema,
    output: quotaSchema,
    answer: 'Whether it fits, and the state of each limit.',
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
      'Days follow the time zone and are summed from roll-ups of UTC hours. Windows of limits ' +
      'are always in UTC.',
    query: dailyRequestSchema,
    output: dailyUsageSchema,
    answer: 'One entry per day, oldest first.',
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
      'Percentiles come from histograms and are accurate to 10 %. Histograms are stored per ' +
      'UTC day, so they cover every UTC day that overlaps the range, as `latency` says.',
    query: endpointsRequestSchema,
    output: endpointsUsageSchema,
    answer: 'The endpoints, most called first.',
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
      'All filters must match. Without dates: the last 400 days, as far as raw events are ' +
      'stored. Pages reach the 10,000th event, cursors reach the last. With `format`, all ' +
      'matching events as a file: CSV, or one JSON object per line. CSV cells that a ' +
      'spreadsheet would read as formulas begin with an apostrophe.',
    query: historyListSchema,
    output: historyPageSchema,
    answer: 'A page of events.',
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
    answer: 'The events in time order, streamed.',
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
      'Per hour, day, week or month in the given time zone. `total` is always the sum of ' +
      '`values`, `others` and `none`. The data comes from roll-ups; a grouped meter comes from ' +
      'raw events.',
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
      'Latest first, for as long as decisions are stored. Each call that a limit refused is ' +
      'one item, and can be explained. Calls that were refused for other reasons may be ' +
      'sampled; such an item says how many calls it stands for. Mere checks are not listed.',
    query: refusalListSchema,
    output: refusalPageSchema,
    answer: 'A page of refusals.',
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
      'Server-sent events named `usage`, with the same figures as `GET /api/usage/current`. ' +
      'One is sent at the start, then one on each change, at most once a second. A slow reader ' +
      'only gets the latest. With `Last-Event-ID`, nothing is sent until the figures differ. ' +
      'The stream ends with the credential.',
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
      'The billing period so far, its days and months, the forecast, and warnings. Days follow ' +
      'the time zone; windows of limits are in UTC.',
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
    answer: 'The current settings.',
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
      'Applies all changes, or none if any is refused. Owners and admins may tighten limits ' +
      'and set the warning threshold and the time zone. Only the owner may choose a plan.',
    body: usageManagementUpdateSchema,
    example: {
      warnPercent: 90,
      timezone: 'Europe/Berlin',
      limits: [
        { meter: 'credits', window: 'period', max: 5_000, behavior: 'hard', reason: 'a budget' },
      ],
    },
    output: usageManagementSchema,
    answer: 'The updated settings.',
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
    answer: 'Each limit with its overage, and the sum.',
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
      "Shows which of the plan's limits would have refused calls, what overage it would have " +
      'charged, and the total beside the current plan.',
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
      'Based on the current period so far and the three before it. Includes the figures.',
    output: upgradeAdviceSchema,
    answer: 'The recommended plan, and all candidates.',
    repeat: 'read',
  }),
] as const
