import { z } from 'zod'
import { zoneFields } from './insight.ts'
import { organizationLimitSchema } from './limits.ts'
import { patchOf } from './page.ts'
import { answered, sent } from './schema-names.ts'
import { limitOverrideSchema, organizationUpdateSchema } from './tenancy.ts'
import { timezoneSchema } from './usage-reports.ts'

/** The settings of an organization's use: limits, warning threshold, plan and time zone. */

export const usageManagementSchema = answered(
  'UsageManagement',
  z.object({
    organizationId: z.string(),
    at: z.iso.datetime(),
    ...zoneFields,
    limits: z.array(
      organizationLimitSchema.extend({
        used: z.number().nullable().describe('in the current window; null: unknown'),
        percentageUsed: z.number().nullable(),
      }),
    ),
    alerts: z.object({
      warnPercent: z.number().int().describe('the percentage of a limit from which the gate warns'),
    }),
    plan: z.object({
      key: z.string().describe('catalog/plan'),
      version: z.number().int(),
      name: z.string(),
      monthlyPriceUsd: z.string().nullable().describe('null: a price by agreement'),
      features: z.record(z.string(), z.unknown()),
      upgradesTo: z.array(z.string()),
    }),
    settings: z.object({ name: z.string(), timezone: z.string() }),
    patterns: z
      .object({
        days: z
          .number()
          .int()
          .describe('the number of whole days before today that these figures cover'),
        weekdays: z
          .array(z.object({ weekday: z.string(), events: z.number(), share: z.number() }))
          .describe('the mean of each weekday; share: of the week, 0 to 1'),
        hours: z
          .array(z.object({ hour: z.number().int(), events: z.number().int(), share: z.number() }))
          .describe('by hour of the time zone'),
        busiestDay: z.object({ date: z.string(), events: z.number().int() }).nullable(),
        meanPerDay: z.number(),
        peakToMean: z
          .number()
          .nullable()
          .describe('the busiest hour over the mean of hours with use; null: no use'),
        trendPercent: z
          .number()
          .nullable()
          .describe(
            'the change in events from the earlier half to the later half; null: none in the ' +
              'earlier',
          ),
      })
      .describe('patterns of the last 28 days'),
  }),
)
export type UsageManagement = z.output<typeof usageManagementSchema>

/** The settings to change. If any is refused, none is changed. */
export const usageManagementUpdateSchema = sent(
  'UsageManagementUpdate',
  patchOf({
    limits: z
      .array(limitOverrideSchema)
      .min(1, 'must have at least one')
      .max(50, 'must have at most 50')
      .optional()
      .describe('overrides, in the format of `POST /api/organizations/{orgId}/limits`'),
    warnPercent: organizationUpdateSchema.shape.warnPercent,
    plan: organizationUpdateSchema.shape.plan.describe(
      'only the owner and the administrator may change it',
    ),
    timezone: timezoneSchema.optional(),
  }),
)
export type UsageManagementUpdate = z.input<typeof usageManagementUpdateSchema>
