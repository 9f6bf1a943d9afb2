import { z } from 'zod'
import { CORRECTED_DAYS } from '../core/billing/corrected-days.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, organizationIdSchema, storableText } from './text.ts'

export const MOST_RERATED_SHOWN = 200

export const reratingSchema = sent(
  'Rerating',
  z.strictObject({
    from: instantSchema.describe(
      `use from then on; at most ${CORRECTED_DAYS} days ago, and since raw events are kept`,
    ),
    to: instantSchema.optional().describe('before then; now if not given'),
    organizationId: organizationIdSchema.optional().describe('only of this one'),
    eventType: storableText(64).optional().describe('only of this type, by its bare key'),
    provider: storableText(255).optional().describe('only with this provider, as events name it'),
    model: storableText(255).optional().describe('only with this model, as events name it'),
    dryRun: z
      .boolean()
      .optional()
      .describe('only says what it would be, and writes nothing; true if not given'),
    reason: storableText(1_000).optional().describe('for the audit log and the reversals'),
  }),
)
export type ReratingInput = z.input<typeof reratingSchema>

const sideSchema = z.object({
  credits: z.number(),
  costUsd: z.string(),
  unpriced: z.number().int().describe('events with a model for which there was no price'),
})

const figureFields = {
  events: z.number().int().describe('that were looked at: what was taken back is not among them'),
  changed: z.number().int(),
  left: z.number().int().describe('that could not be priced anew, and stay as they are'),
  before: sideSchema,
  after: sideSchema,
  creditsDifference: z.number(),
  costDifferenceUsd: z.string(),
}

export const reratedSchema = answered(
  'Rerated',
  z.object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    applied: z.boolean().describe('false: it was a dry run'),
    ...figureFields,
    leftBecause: z
      .object({
        closed: z.number().int().describe('the organization is closed'),
        unknown: z
          .number()
          .int()
          .describe('the event type, its catalog or what priced it is not there any more'),
        refused: z.number().int().describe('its type does not take what it brings any more'),
      })
      .describe('of what was left'),
    groups: z
      .array(z.object({ organizationId: z.string(), eventType: z.string(), ...figureFields }))
      .describe(`the ${MOST_RERATED_SHOWN} for which most changes, by credits and then by cost`),
    groupsInAll: z.number().int(),
    failures: z
      .array(z.object({ organizationId: z.string(), message: z.string() }))
      .describe(`the first ${MOST_RERATED_SHOWN}; call again for what is left of these`),
    failuresInAll: z.number().int(),
  }),
)
export type Rerated = z.output<typeof reratedSchema>
