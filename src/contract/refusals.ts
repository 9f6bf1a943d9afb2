import { z } from 'zod'
import { decisionReasonSchema, limitStateSchema } from './decision.ts'
import { pageOf, pageRequestSchema } from './page.ts'
import { answered } from './schema-names.ts'
import { storableText } from './text.ts'
import { endDateSchema, startDateSchema } from './usage-history.ts'

export const refusalListSchema = z
  .strictObject({
    startDate: startDateSchema.optional(),
    endDate: endDateSchema.optional(),
    reason: decisionReasonSchema
      .optional()
      .describe(
        'the reason of any limit that refused; `reason` of the item may name one that blocks ' +
          'longer',
      ),
    refusedBy: storableText(80)
      .optional()
      .describe('a limit that refused the call, as meter/window'),
    eventType: storableText(129).optional(),
    ...pageRequestSchema.shape,
  })
  .refine(({ startDate, endDate }) => !startDate || !endDate || startDate < endDate, {
    path: ['endDate'],
    message: 'must be after startDate',
  })
export type RefusalListInput = z.input<typeof refusalListSchema>

const refusalSchema = z.object({
  decisionId: z.string(),
  decidedAt: z.iso.datetime(),
  verb: z.enum(['track', 'reserve', 'extend']),
  reason: decisionReasonSchema,
  eventType: z.string().nullable(),
  eventId: z.string().nullable().describe('the `id` of the call; null: not stored'),
  credits: z.number().nullable().describe('the price of the call; null: not stored'),
  refusedBy: z
    .array(limitStateSchema)
    .describe('the limits that refused the call, with their state; empty: no limit did'),
  standsFor: z
    .int()
    .describe(
      'the number of calls that the item stands for, including itself. Refusals by limits are ' +
        'stored individually. Frequent refusals for other reasons are sampled: 20 a minute, then ' +
        'one in 100',
    ),
  explained: z.boolean().describe('whether `GET /api/usage/decisions/{decisionId}` has details'),
})
export type Refusal = z.output<typeof refusalSchema>

export const refusalPageSchema = answered(
  'RefusalPage',
  pageOf(refusalSchema).extend({
    keptFrom: z.iso.datetime().describe('earlier refusals are no longer stored'),
  }),
)
export type RefusalPage = z.output<typeof refusalPageSchema>
