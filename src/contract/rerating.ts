import { z } from 'zod'
import { CORRECTED_DAYS } from '../core/billing/corrected-days.ts'
import { answered, sent } from './schema-names.ts'
import { instantSchema, organizationIdSchema, storableText } from './text.ts'

export const MOST_RERATED_SHOWN = 200

export const reratingSchema = sent(
  'Rerating',
  z.strictObject({
    from: instantSchema.describe(
      `use at or after this instant; at most ${CORRECTED_DAYS} days ago, and only as far as ` +
        'raw events are stored',
    ),
    to: instantSchema.optional().describe('use before this instant; default: now'),
    organizationId: organizationIdSchema.optional().describe('only this organization'),
    eventType: storableText(64).optional().describe('only this event type, by its bare key'),
    provider: storableText(255).optional().describe('only this provider, as events name it'),
    model: storableText(255).optional().describe('only this model, as events name it'),
    dryRun: z
      .boolean()
      .optional()
      .describe('true: reports the changes and writes nothing; default true'),
    reason: storableText(1_000).optional().describe('for the audit log and the reversals'),
  }),
)
export type ReratingInput = z.input<typeof reratingSchema>

const sideSchema = z.object({
  credits: z.number(),
  costUsd: z.string(),
  unpriced: z.number().int().describe('only events with a model that had no price'),
})

const figureFields = {
  events: z
    .number()
    .int()
    .describe('the number of events that were examined, without reversed ones'),
  changed: z.number().int(),
  left: z.number().int().describe('events that could not be priced again and stay as they are'),
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
    applied: z.boolean().describe('false: a dry run'),
    ...figureFields,
    leftBecause: z
      .object({
        closed: z.number().int().describe('the organization is closed'),
        unknown: z
          .number()
          .int()
          .describe('the event type, its catalog or its price no longer exists'),
        refused: z
          .number()
          .int()
          .describe("the event type no longer accepts the event's properties"),
      })
      .describe('the reasons for `left`'),
    groups: z
      .array(z.object({ organizationId: z.string(), eventType: z.string(), ...figureFields }))
      .describe(`the ${MOST_RERATED_SHOWN} largest changes, by credits and then by cost`),
    groupsInAll: z.number().int(),
    failures: z
      .array(z.object({ organizationId: z.string(), message: z.string() }))
      .describe(`the first ${MOST_RERATED_SHOWN}; call again for the rest`),
    failuresInAll: z.number().int(),
  }),
)
export type Rerated = z.output<typeof reratedSchema>
