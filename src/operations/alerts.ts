import {
  alertCreateSchema,
  alertFiringFilterSchema,
  alertFiringPageSchema,
  alertPageSchema,
  alertRemovedSchema,
  alertSchema,
  alertUpdateSchema,
  platformAlertCreateSchema,
  platformFiringFilterSchema,
} from '../contract/alerts.ts'
import { pageRequestSchema } from '../contract/page.ts'
import { storableText } from '../contract/text.ts'
import { operation } from './operation.ts'

const OF_ORGANIZATION = '/api/organizations/{organizationId}'
const OF_PLATFORM = '/api/admin'
const one = { alertId: storableText(255).describe('the `id` of the rule') }

const lists = {
  method: 'get',
  tag: 'Alerts',
  query: pageRequestSchema,
  output: alertPageSchema,
  answer: 'A page of them.',
  repeat: 'read',
} as const

const creates = {
  method: 'post',
  tag: 'Alerts',
  description:
    'Each threshold is told once, or once a window, as an event `alert.fired`. What is past one ' +
    'already is told as `standing`.',
  example: {
    kind: 'limit_share',
    meter: 'tokens',
    window: 'day',
    thresholds: [{ at: 75, severity: 'warning' }],
  },
  output: alertSchema,
  answer: 'The rule.',
  repeat: 'never',
  http: { status: 201 },
} as const

const gets = {
  method: 'get',
  tag: 'Alerts',
  params: one,
  output: alertSchema,
  answer: 'The rule.',
  repeat: 'read',
  problems: ['not_found'],
} as const

const updates = {
  method: 'patch',
  tag: 'Alerts',
  params: one,
  body: alertUpdateSchema,
  example: { thresholds: [{ at: 95, severity: 'critical' }] },
  output: alertSchema,
  answer: 'The rule now.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
} as const

const removes = {
  method: 'delete',
  tag: 'Alerts',
  description: 'What was told of it stays. One that is built in can only be turned off.',
  params: one,
  output: alertRemovedSchema,
  answer: 'Which it was.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
} as const

const firings = {
  method: 'get',
  tag: 'Alerts',
  description: 'The latest first; kept for 90 days.',
  output: alertFiringPageSchema,
  answer: 'A page of them.',
  repeat: 'read',
} as const

export const alertsOperations = [
  operation({
    name: 'alerts.list',
    ...lists,
    path: `${OF_ORGANIZATION}/alerts`,
    right: 'alerts.read',
    summary: 'List rules of alerts',
    description: 'Those of the platform that hold for the organization first, then its own.',
    problems: ['not_found'],
  }),
  operation({
    name: 'alerts.create',
    ...creates,
    path: `${OF_ORGANIZATION}/alerts`,
    right: 'alerts.manage',
    summary: 'Make a rule of alerts',
    body: alertCreateSchema,
    problems: ['not_found', 'unprocessable'],
  }),
  operation({
    name: 'alerts.get',
    ...gets,
    path: `${OF_ORGANIZATION}/alerts/{alertId}`,
    right: 'alerts.read',
    summary: 'Look up a rule of alerts',
  }),
  operation({
    name: 'alerts.update',
    ...updates,
    path: `${OF_ORGANIZATION}/alerts/{alertId}`,
    right: 'alerts.manage',
    summary: 'Change a rule of alerts',
    description:
      'A rule of the platform can only be turned off and on here, for the organization alone.',
  }),
  operation({
    name: 'alerts.remove',
    ...removes,
    path: `${OF_ORGANIZATION}/alerts/{alertId}`,
    right: 'alerts.manage',
    summary: 'Remove a rule of alerts',
  }),
  operation({
    name: 'alerts.firings',
    ...firings,
    path: `${OF_ORGANIZATION}/alert-firings`,
    right: 'alerts.read',
    summary: 'List what has fired',
    query: alertFiringFilterSchema,
    problems: ['not_found'],
  }),
  operation({
    name: 'platformAlerts.list',
    ...lists,
    path: `${OF_PLATFORM}/alerts`,
    right: 'admin',
    summary: 'List rules of alerts of the platform',
    description: 'In the order in which they were made, with those that are built in.',
  }),
  operation({
    name: 'platformAlerts.create',
    ...creates,
    path: `${OF_PLATFORM}/alerts`,
    right: 'admin',
    summary: 'Make a rule for all organizations, or all on a plan',
    body: platformAlertCreateSchema,
    problems: ['unprocessable'],
  }),
  operation({
    name: 'platformAlerts.get',
    ...gets,
    path: `${OF_PLATFORM}/alerts/{alertId}`,
    right: 'admin',
    summary: 'Look up a rule of the platform',
  }),
  operation({
    name: 'platformAlerts.update',
    ...updates,
    path: `${OF_PLATFORM}/alerts/{alertId}`,
    right: 'admin',
    summary: 'Change a rule of the platform',
  }),
  operation({
    name: 'platformAlerts.remove',
    ...removes,
    path: `${OF_PLATFORM}/alerts/{alertId}`,
    right: 'admin',
    summary: 'Remove a rule of the platform',
  }),
  operation({
    name: 'platformAlerts.firings',
    ...firings,
    path: `${OF_PLATFORM}/alert-firings`,
    right: 'admin',
    summary: 'List what has fired anywhere',
    query: platformFiringFilterSchema,
  }),
] as const
