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
    .describe(`so many up to the one that runs; ${DEFAULT_REVENUE_MONTHS} if not given`),
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
            .describe('prices of the plans in force in its last moment; of the one that runs, now'),
          paying: z.int().describe('organizations that bring any of it'),
          overageUsd: z
            .string()
            .describe('billed for use past limits, by invoices of periods that ended in it'),
          adjustmentsUsd: z
            .string()
            .describe(
              'billed by the same invoices for use of earlier periods; below zero: given back',
            ),
          invoices: z.int().describe('of periods that ended in it'),
        }),
      )
      .describe('oldest first; the last one runs'),
  }),
)
export type RevenueHistory = z.output<typeof revenueHistorySchema>
