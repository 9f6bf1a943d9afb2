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
        used: z.number().nullable().describe('in the window that contains now; null: not known'),
        percentageUsed: z.number().nullable(),
      }),
    ),
    alerts: z.object({
      warnPercent: z.number().int().describe('from how much of a limit on the gate warns'),
    }),
    plan: z.object({
      key: z.string().describe('catalog/plan'),
      version: z.number().int(),
      name: z.string(),
      monthlyPriceUsd: z.string().nullable().describe('null: by agreement'),
      features: z.record(z.string(), z.unknown()),
      upgradesTo: z.array(z.string()),
    }),
    settings: z.object({ name: z.string(), timezone: z.string() }),
    patterns: z
      .object({
        days: z.number().int().describe('whole days before today that these are of'),
        weekdays: z
          .array(z.object({ weekday: z.string(), events: z.number(), share: z.number() }))
          .describe('the mean of each day of the week; share: of the week, 0 to 1'),
        hours: z
          .array(z.object({ hour: z.number().int(), events: z.number().int(), share: z.number() }))
          .describe("by the hour of the zone's clocks"),
        busiestDay: z.object({ date: z.string(), events: z.number().int() }).nullable(),
        meanPerDay: z.number(),
        peakToMean: z
          .number()
          .nullable()
          .describe('the busiest hour over the mean of hours with use; null: no use'),
        trendPercent: z
          .number()
          .nullable()
          .describe('events of the later half over the earlier half; null: nothing in that'),
      })
      .describe('of the last 28 days'),
  }),
)
export type UsageManagement = z.output<typeof usageManagementSchema>

/** The settings to change. If any is refused, none is changed. */
export const usageManagementUpdateSchema = sent(
  'UsageManagementUpdate',
  patchOf({
    limits: z
      .array(limitOverrideSchema)
      .min(1, 'must hold one at least')
      .max(50, 'must hold 50 at most')
      .optional()
      .describe('overrides, as `POST /api/organizations/{orgId}/limits` takes them'),
    warnPercent: organizationUpdateSchema.shape.warnPercent,
    plan: organizationUpdateSchema.shape.plan.describe('for the owner and the administrator'),
    timezone: timezoneSchema.optional(),
  }),
)
export type UsageManagementUpdate = z.input<typeof usageManagementUpdateSchema>
