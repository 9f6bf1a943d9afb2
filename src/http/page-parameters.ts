import { z } from 'zod'
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, pageRequestSchema } from '../contract/page.ts'
import { integerParameterSchema } from './parameters.ts'

/** The query of an operation that answers with one page of a list. */
export const pageQuerySchema = z.strictObject({
  cursor: pageRequestSchema.shape.cursor.describe('the `nextCursor` of the page before'),
  limit: integerParameterSchema(1, MAX_PAGE_SIZE)
    .optional()
    .describe(`how many, ${DEFAULT_PAGE_SIZE} if not given`),
})
