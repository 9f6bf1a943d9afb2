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
    summary: 'Get usage of one or all organizations',
    description:
      'Per hour, day, week (from Monday) or month in UTC, from roll-ups. Without dates: the 30 ' +
      'days up to today. Includes the ten largest users and the cost of models.',
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
    summary: 'Chart a metric of all organizations over time',
    description:
      'Per hour, day, week or month in the given time zone, from roll-ups. `total` is always ' +
      'the sum of `values`, `others` and `none`.',
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
    answer: 'The current overview.',
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
      'MRR at the end of each calendar month (UTC), by the plans and states at that time, and ' +
      'the overage billed in that month. Exact decimals.',
    query: revenueRequestSchema,
    output: revenueHistorySchema,
    answer: 'One entry per month, oldest first.',
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
      "Each customer's figures cover its own billing period so far. Use `page` or `cursor` for " +
      'more. With `format`, all matching customers as a file: CSV, or one JSON object per line.',
    query: customerRequestSchema,
    output: customerPageSchema,
    answer: 'A page of customers.',
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
    answer: 'The customers, in the requested order.',
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
    answer: 'One entry per period, latest first.',
    repeat: 'read',
    problems: ['not_found'],
  }),
  operation({
    name: 'analytics.trials',
    method: 'get',
    path: '/api/admin/analytics/trials',
    right: 'admin',
    tag: 'Analytics',
    summary: 'List free organizations that are likely to upgrade',
    output: trialSignalsSchema,
    answer: 'The organizations, each with its figures.',
    repeat: 'read',
  }),
] as const
