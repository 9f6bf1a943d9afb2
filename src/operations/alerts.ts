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
  answer: 'A page of rules.',
  repeat: 'read',
} as const

const creates = {
  method: 'post',
  tag: 'Alerts',
  description:
    'Each threshold fires once, or once per window, as an event `alert.fired`. A threshold ' +
    'that is already exceeded fires at once, marked `standing`.',
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
  answer: 'The updated rule.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
} as const

const removes = {
  method: 'delete',
  tag: 'Alerts',
  description: 'Its firings stay. A built-in rule cannot be removed, only turned off.',
  params: one,
  output: alertRemovedSchema,
  answer: 'The id of the removed rule.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
} as const

const firings = {
  method: 'get',
  tag: 'Alerts',
  description: 'Latest first. Firings are stored for 90 days, or until they are over.',
  output: alertFiringPageSchema,
  answer: 'A page of firings.',
  repeat: 'read',
} as const

export const alertsOperations = [
  operation({
    name: 'alerts.list',
    ...lists,
    path: `${OF_ORGANIZATION}/alerts`,
    right: 'alerts.read',
    summary: 'List alert rules',
    description: "The platform's rules that apply to the organization first, then its own.",
    problems: ['not_found'],
  }),
  operation({
    name: 'alerts.create',
    ...creates,
    path: `${OF_ORGANIZATION}/alerts`,
    right: 'alerts.manage',
    summary: 'Create an alert rule',
    body: alertCreateSchema,
    problems: ['not_found', 'unprocessable'],
  }),
  operation({
    name: 'alerts.get',
    ...gets,
    path: `${OF_ORGANIZATION}/alerts/{alertId}`,
    right: 'alerts.read',
    summary: 'Get an alert rule',
  }),
  operation({
    name: 'alerts.update',
    ...updates,
    path: `${OF_ORGANIZATION}/alerts/{alertId}`,
    right: 'alerts.manage',
    summary: 'Update an alert rule',
    description:
      'A rule of the platform can only be turned on or off here, for this organization alone.',
  }),
  operation({
    name: 'alerts.remove',
    ...removes,
    path: `${OF_ORGANIZATION}/alerts/{alertId}`,
    right: 'alerts.manage',
    summary: 'Remove an alert rule',
  }),
  operation({
    name: 'alerts.firings',
    ...firings,
    path: `${OF_ORGANIZATION}/alert-firings`,
    right: 'alerts.read',
    summary: 'List firings of alert rules',
    query: alertFiringFilterSchema,
    problems: ['not_found'],
  }),
  operation({
    name: 'platformAlerts.list',
    ...lists,
    path: `${OF_PLATFORM}/alerts`,
    right: 'admin',
    summary: 'List alert rules of the platform',
    description: 'Oldest first, including the built-in rules.',
  }),
  operation({
    name: 'platformAlerts.create',
    ...creates,
    path: `${OF_PLATFORM}/alerts`,
    right: 'admin',
    summary: 'Create an alert rule for all organizations, or all on a plan',
    body: platformAlertCreateSchema,
    problems: ['unprocessable'],
  }),
  operation({
    name: 'platformAlerts.get',
    ...gets,
    path: `${OF_PLATFORM}/alerts/{alertId}`,
    right: 'admin',
    summary: 'Get an alert rule of the platform',
  }),
  operation({
    name: 'platformAlerts.update',
    ...updates,
    path: `${OF_PLATFORM}/alerts/{alertId}`,
    right: 'admin',
    summary: 'Update an alert rule of the platform',
  }),
  operation({
    name: 'platformAlerts.remove',
    ...removes,
    path: `${OF_PLATFORM}/alerts/{alertId}`,
    right: 'admin',
    summary: 'Remove an alert rule of the platform',
  }),
  operation({
    name: 'platformAlerts.firings',
    ...firings,
    path: `${OF_PLATFORM}/alert-firings`,
    right: 'admin',
    summary: 'List firings of all alert rules',
    query: platformFiringFilterSchema,
  }),
] as const
