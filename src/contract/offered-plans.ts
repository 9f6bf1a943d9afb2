import { z } from 'zod'
import { planSchema } from './catalog.ts'
import { answered } from './schema-names.ts'

const offeredPlanSchema = z.object({
  catalog: z.string(),
  version: z.int().describe('of the plan that it is on, the version that it is on'),
  newestVersion: z.int().describe('to which a change moves'),
  ...planSchema.shape,
  plan: z.string().describe('catalog/plan'),
  current: z.boolean(),
  scheduledFor: z.iso.datetime().nullable().describe('when it is moved to; null: that is not'),
  comesTo: z
    .enum(['current', 'more', 'less', 'mixed', 'same'])
    .describe(
      'beside the plan that it is on: by price, by what windows include and by features. `mixed`: ' +
        'more of one thing and less of another',
    ),
  selectable: z
    .boolean()
    .describe("whether the organization's own people may choose it; otherwise the platform does"),
})
export type OfferedPlan = z.output<typeof offeredPlanSchema>

export const offeredPlansSchema = answered(
  'OfferedPlans',
  z.object({
    organizationId: z.string(),
    at: z.iso.datetime(),
    catalog: z.string().describe('of its plan, among whose plans it may choose'),
    current: z.object({ plan: z.string(), version: z.int() }),
    scheduled: z
      .object({ plan: z.string(), version: z.int(), at: z.iso.datetime() })
      .nullable()
      .describe('the next change of plan; null: none'),
    plans: z.array(offeredPlanSchema).describe('by price; what is by agreement last'),
  }),
)
export type OfferedPlans = z.output<typeof offeredPlansSchema>
