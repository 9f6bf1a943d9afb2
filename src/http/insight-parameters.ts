import { z } from 'zod'
import {
  adminUsageFields,
  customerRequestSchema,
  USAGE_METRICS,
} from '../contract/operator-reports.ts'
import { MAX_PAGE_SIZE } from '../contract/page.ts'
import { organizationIdSchema } from '../contract/text.ts'
import { endDateSchema, startDateSchema } from '../contract/usage-history.ts'
import {
  booleanParameterSchema,
  integerParameterSchema,
  organizationQuerySchema,
} from './parameters.ts'

/** Several words in one parameter, with commas between them. */
const listParameterSchema = <Word extends string>(words: readonly [Word, ...Word[]]) =>
  z
    .string()
    .max(1_000)
    .transform((text) => text.split(',').map((word) => word.trim()))
    .pipe(z.array(z.enum(words, `must be of ${words.join(', ')}`)))
    .meta({ type: 'string' })

export const adminUsageQuerySchema = z.strictObject({
  ...adminUsageFields,
  tenantId: organizationQuerySchema.shape.tenantId,
  metrics: listParameterSchema(USAGE_METRICS)
    .optional()
    .describe(`of ${USAGE_METRICS.join(', ')}, with commas between them; all if not given`),
})

export const customerQuerySchema = z.strictObject({
  ...customerRequestSchema.shape,
  page: integerParameterSchema(1, 1_000_000).optional(),
  limit: integerParameterSchema(1, MAX_PAGE_SIZE)
    .optional()
    .describe(customerRequestSchema.shape.limit.description ?? ''),
})

export const aggregateQuerySchema = z.strictObject({
  startDate: startDateSchema
    .optional()
    .describe('windows that begin then or later; the day before yesterday (UTC) if not given'),
  endDate: endDateSchema
    .optional()
    .describe('windows that are over by then; the end of today (UTC) if not given'),
  repair: booleanParameterSchema
    .optional()
    .describe('whether what differs is set to what the events say; true if not given'),
})

export const marginQuerySchema = z.strictObject({ organizationId: organizationIdSchema })
