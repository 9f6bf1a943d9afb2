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
      .describe('also where another limit refused it for longer, and is what `reason` says'),
    refusedBy: storableText(80).optional().describe('a limit that refused it, as meter/window'),
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
  eventId: z.string().nullable().describe('the id that the call had; null: not kept'),
  credits: z.number().nullable().describe('what it would have cost; null: not kept'),
  refusedBy: z
    .array(limitStateSchema)
    .describe('the limits that refused it, as they stood; none where it was none of them'),
  standsFor: z
    .int()
    .describe(
      'so many calls, itself among them. What limits refuse is kept call by call. What is refused ' +
        'for another reason is sampled where there is much of it: 20 a minute, then one in 100',
    ),
  explained: z.boolean().describe('whether `GET /api/usage/decisions/{decisionId}` tells more'),
})
export type Refusal = z.output<typeof refusalSchema>

export const refusalPageSchema = answered(
  'RefusalPage',
  pageOf(refusalSchema).extend({
    keptFrom: z.iso.datetime().describe('what was refused before is not kept'),
  }),
)
export type RefusalPage = z.output<typeof refusalPageSchema>
