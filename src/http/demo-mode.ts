import { z } from 'zod'
import type { Decision } from '../contract/decision.ts'
import { TollgateError } from '../contract/errors.ts'
import { sent } from '../contract/schema-names.ts'
import type { Call } from '../contract/usage.ts'
import { isEventField, splitEventData } from '../core/event-data.ts'
import { isJsonObject, type JsonObject } from './read-body.ts'

/** Serves `POST /api/demo/track-usage`. Without it, the path does not exist. */
export interface DemoMode {
  track(input: Call): Promise<Decision>
}

export const demoUsageSchema = sent(
  'DemoUsage',
  z.strictObject({
    organizationId: z.string(),
    eventType: z.string(),
    eventData: z
      .custom<JsonObject>(isJsonObject, 'must be an object')
      .optional()
      .meta({
        type: 'object',
        description:
          'the properties of the event, together with its quantities and the fields of a model ' +
          'call',
      }),
  }),
)
export type DemoUsage = z.output<typeof demoUsageSchema>

/** Renames the fields in an error to those that the client sent. */
export const faultsOfDemo = (error: unknown): unknown => {
  if (!(error instanceof TollgateError) || error.faults.length === 0) return error
  const faults = error.faults.map(({ field, message }) => ({ field: sentAs(field), message }))
  const detail = faults.map(({ field, message }) => `${field}: ${message}`).join('; ')
  return new TollgateError(error.code, { detail, faults, cause: error.cause })
}

const sentAs = (field: string): string => {
  const [first = ''] = field.split(/[.[]/)
  if (first === 'properties') return `eventData${field.slice(first.length)}`
  return isEventField(first) ? `eventData.${field}` : field
}

/** Converts the demo's simpler form to a usage event. The engine validates it. */
export const demoEvent = ({ organizationId, eventType, eventData = {} }: DemoUsage) => {
  const { fields, properties } = splitEventData(eventData)
  return { ...fields, organizationId, eventType, properties } satisfies Call
}
