import { z } from 'zod'
import { answered } from './schema-names.ts'

export const MAX_REVENUE_MONTHS = 24
export const DEFAULT_REVENUE_MONTHS = 12

export const revenueRequestSchema = z.strictObject({
  months: z
    .int()
    .min(1)
    .max(MAX_REVENUE_MONTHS)
    .optional()
    .describe(`the number of months up to the current one; default ${DEFAULT_REVENUE_MONTHS}`),
})
export type RevenueRequest = z.input<typeof revenueRequestSchema>

export const revenueHistorySchema = answered(
  'RevenueHistory',
  z.object({
    at: z.iso.datetime(),
    timezone: z.literal('UTC'),
    months: z
      .array(
        z.object({
          start: z.iso.datetime(),
          end: z.iso.datetime(),
          complete: z.boolean(),
          mrrUsd: z
            .string()
            .describe(
              'the prices of the plans in force at the end of the month; for the current month, ' +
                'now',
            ),
          paying: z.int().describe('the number of organizations that contribute'),
          overageUsd: z
            .string()
            .describe('billed for use past limits, by invoices of periods that ended in the month'),
          adjustmentsUsd: z
            .string()
            .describe(
              'billed by the same invoices for use of earlier periods; negative: given back',
            ),
          invoices: z.int().describe('the number of invoices of periods that ended in the month'),
        }),
      )
      .describe('oldest first; the last one is the current month'),
  }),
)
export type RevenueHistory = z.output<typeof revenueHistorySchema>
