import { z } from 'zod'
import {
  adminUsageRequestSchema,
  adminUsageSchema,
  analyticsOverviewSchema,
  customerExportSchema,
  customerPageSchema,
  customerRequestSchema,
  customerSchema,
  organizationMarginSchema,
  trialSignalsSchema,
} from '../contract/operator-reports.ts'
import { revenueHistorySchema, revenueRequestSchema } from '../contract/revenue-history.ts'
import { organizationIdSchema } from '../contract/text.ts'
import { platformSeriesRequestSchema, platformSeriesSchema } from '../contract/usage-series.ts'
import { operation } from './operation.ts'

export const analyticsOperations = [
  operation({
    name: 'analytics.usage',
    method: 'get',
    path: '/api/admin/usage',
    right: 'admin',
    tag: 'Analytics',
    summary: 'Get usage of one organization or of all',
    description:
      'By hour, day, week (from Monday) or month in UTC, from roll-ups: 30 days up to today if no ' +
      'dates are given. With the ten who used most, and what models cost.',
    query: adminUsageRequestSchema,
    output: adminUsageSchema,
    answer: 'The figures.',
    repeat: 'read',
    problems: ['not_found'],
    http: { tenantId: true },
  }),
  operation({
    name: 'analytics.series',
    method: 'get',
    path: '/api/admin/usage/series',
    right: 'admin',
    tag: 'Analytics',
    summary: 'Chart a metric over time, of all organizations',
    description:
      'By hour, day, week or month of the time zone, from roll-ups. `total` is always `values`, ' +
      '`others` and `none` together.',
    query: platformSeriesRequestSchema,
    output: platformSeriesSchema,
    answer: 'The series.',
    repeat: 'read',
  }),
  operation({
    name: 'analytics.overview',
    method: 'get',
    path: '/api/admin/analytics/overview',
    right: 'admin',
    tag: 'Analytics',
    summary: 'Get an overview of organizations, revenue and calls',
    output: analyticsOverviewSchema,
    answer: 'As it is now.',
    repeat: 'read',
  }),
  operation({
    name: 'analytics.revenue',
    method: 'get',
    path: '/api/admin/analytics/revenue',
    right: 'admin',
    tag: 'Analytics',
    summary: 'Get revenue by month',
    description:
      'MRR as it was in the last moment of each calendar month (UTC), by the plans and states of ' +
      'then, and what was billed for use past limits. Exact decimals.',
    query: revenueRequestSchema,
    output: revenueHistorySchema,
    answer: 'Month by month, the oldest first.',
    repeat: 'read',
  }),
  operation({
    name: 'analytics.customers',
    method: 'get',
    path: '/api/admin/analytics/users',
    right: 'admin',
    tag: 'Analytics',
    summary: 'List customers with revenue and margin',
    description:
      'Each in its own billing period, so far. By page, or on from a `cursor`. With `format`, ' +
      'everything that fits as a file, CSV or a JSON object a line.',
    query: customerRequestSchema,
    output: customerPageSchema,
    answer: 'A page of them.',
    repeat: 'read',
    http: { form: 'file', file: 'analytics.exportCustomers' },
  }),
  operation({
    name: 'analytics.exportCustomers',
    method: 'get',
    path: '/api/admin/analytics/users',
    right: 'admin',
    tag: 'Analytics',
    summary: 'Export customers',
    query: customerExportSchema,
    output: customerSchema,
    answer: 'The customers, in the order that was asked for.',
    repeat: 'read',
    http: { form: 'lines' },
  }),
  operation({
    name: 'analytics.margin',
    method: 'get',
    path: '/api/admin/analytics/margin',
    right: 'admin',
    tag: 'Analytics',
    summary: "Get a customer's margin",
    query: z.strictObject({ organizationId: organizationIdSchema }),
    output: organizationMarginSchema,
    answer: 'Period by period, the latest first.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'analytics.trials',
    method: 'get',
    path: '/api/admin/analytics/trials',
    right: 'admin',
    tag: 'Analytics',
    summary: 'List free organizations that are likely to pay',
    output: trialSignalsSchema,
    answer: 'Each with its figures.',
    repeat: 'read',
  }),
] as const
