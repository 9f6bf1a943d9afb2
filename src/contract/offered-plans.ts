import { z } from 'zod'
import { planSchema } from './catalog.ts'
import { answered } from './schema-names.ts'

const offeredPlanSchema = z.object({
  catalog: z.string(),
  version: z.int().describe('for the current plan: the version that the organization is on'),
  newestVersion: z.int().describe('the version that a change moves to'),
  ...planSchema.shape,
  plan: z.string().describe('catalog/plan'),
  current: z.boolean(),
  scheduledFor: z.iso
    .datetime()
    .nullable()
    .describe('when the organization moves to it; null: no move is scheduled'),
  comesTo: z
    .enum(['current', 'more', 'less', 'mixed', 'same'])
    .describe(
      'compared with the current plan: by price, quotas and features. `mixed`: more of one ' +
        'thing and less of another',
    ),
  selectable: z
    .boolean()
    .describe("true: the organization's own people may choose it; otherwise only the platform may"),
})
export type OfferedPlan = z.output<typeof offeredPlanSchema>

export const offeredPlansSchema = answered(
  'OfferedPlans',
  z.object({
    organizationId: z.string(),
    at: z.iso.datetime(),
    catalog: z.string().describe('the catalog of the current plan; its plans can be chosen'),
    current: z.object({ plan: z.string(), version: z.int() }),
    scheduled: z
      .object({ plan: z.string(), version: z.int(), at: z.iso.datetime() })
      .nullable()
      .describe('the next change of plan; null: none'),
    plans: z.array(offeredPlanSchema).describe('by price; plans with a price by agreement last'),
  }),
)
export type OfferedPlans = z.output<typeof offeredPlansSchema>
