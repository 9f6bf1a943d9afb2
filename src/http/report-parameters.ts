import { z } from 'zod'
import { MAX_PAGE_SIZE } from '../contract/page.ts'
import { historyListFields, MAX_HISTORY_DEPTH } from '../contract/usage-history.ts'
import {
  dailyRequestSchema,
  endpointsRequestSchema,
  MAX_ENDPOINTS,
  MAX_REPORT_DAYS,
} from '../contract/usage-reports.ts'
import { FILE_FORMATS } from './file-reply.ts'
import {
  booleanParameterSchema,
  integerParameterSchema,
  organizationQuerySchema,
} from './parameters.ts'

/** A decimal in a query; how large it may be, the verb knows. */
const decimalParameterSchema = z
  .string()
  .regex(/^-?\d{1,15}(?:\.\d{1,15})?$/, 'must be a number')
  .transform(Number)
  .meta({ type: 'number' })

/** The filters, order and page of a history, as a query has them. */
export const historyQuerySchema = z.strictObject({
  ...historyListFields,
  minCredits: decimalParameterSchema.optional(),
  maxCredits: decimalParameterSchema.optional(),
  page: integerParameterSchema(1, MAX_HISTORY_DEPTH)
    .optional()
    .describe(historyListFields.page.description ?? ''),
  limit: integerParameterSchema(1, MAX_PAGE_SIZE).optional(),
  summary: booleanParameterSchema.optional().describe(historyListFields.summary.description ?? ''),
  format: z
    .enum(FILE_FORMATS)
    .optional()
    .describe('all that fits as a file, in the order of time; without `page`, `limit`, `cursor`'),
})

const daysOf = (description: string | undefined) =>
  integerParameterSchema(1, MAX_REPORT_DAYS)
    .optional()
    .describe(description ?? '')

export const dailyQuerySchema = organizationQuerySchema.extend({
  days: daysOf(dailyRequestSchema.shape.days.description),
  timezone: dailyRequestSchema.shape.timezone,
})

export const endpointsQuerySchema = organizationQuerySchema.extend({
  days: daysOf(endpointsRequestSchema.shape.days.description),
  timezone: endpointsRequestSchema.shape.timezone,
  limit: integerParameterSchema(1, MAX_ENDPOINTS)
    .optional()
    .describe(endpointsRequestSchema.shape.limit.description ?? ''),
})

/** What is asked of a report, without whom it is about. */
export const withoutOrganization = <Query extends z.output<typeof organizationQuerySchema>>({
  organizationId: _,
  tenantId: _tenant,
  ...asked
}: Query): Omit<Query, 'organizationId' | 'tenantId'> => asked
