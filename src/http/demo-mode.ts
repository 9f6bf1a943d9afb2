import { z } from 'zod'
import type { Decision } from '../contract/decision.ts'
import { TollgateError } from '../contract/errors.ts'
import { sent } from '../contract/schema-names.ts'
import type { Call } from '../contract/usage.ts'
import { AMOUNT_FIELDS } from '../core/usage-parts.ts'
import { isJsonObject, type JsonObject } from './read-body.ts'

/** What serves `POST /api/demo/track-usage`; without it, that path does not exist. */
export interface DemoMode {
  track(input: Call): Promise<Decision>
}

export const demoUsageSchema = sent(
  'DemoUsage',
  z.strictObject({
    organizationId: z.string(),
    eventType: z.string(),
    eventData: z.custom<JsonObject>(isJsonObject, 'must be an object').optional().meta({
      type: 'object',
      description:
        'the properties of the event; also its quantities, and the fields of a model call',
    }),
  }),
)
export type DemoUsage = z.output<typeof demoUsageSchema>

/** Fields of a usage event that may stand among the properties of the demo's. */
const EVENT_FIELDS: readonly string[] = ['quantities', 'provider', 'model', ...AMOUNT_FIELDS]

/** What is wrong with the event, by the fields that were sent for it. */
export const faultsOfDemo = (error: unknown): unknown => {
  if (!(error instanceof TollgateError) || error.faults.length === 0) return error
  const faults = error.faults.map(({ field, message }) => ({ field: sentAs(field), message }))
  const detail = faults.map(({ field, message }) => `${field}: ${message}`).join('; ')
  return new TollgateError(error.code, { detail, faults, cause: error.cause })
}

const sentAs = (field: string): string => {
  const [first = ''] = field.split(/[.[]/)
  if (first === 'properties') return `eventData${field.slice(first.length)}`
  return EVENT_FIELDS.includes(first) ? `eventData.${field}` : field
}

/** The usage event that the demo's simpler form stands for; checked by the engine. */
export const demoEvent = ({ organizationId, eventType, eventData = {} }: DemoUsage) => {
  const entries = Object.entries(eventData)
  const fields = entries.filter(([name]) => EVENT_FIELDS.includes(name))
  const properties = entries.filter(([name]) => !EVENT_FIELDS.includes(name))
  return {
    ...Object.fromEntries(fields),
    organizationId,
    eventType,
    properties: Object.fromEntries(properties),
  } satisfies Call
}
