import { z } from 'zod'
import { faultsOfIssues, PARSING } from '../contract/schema-faults.ts'
import { sent } from '../contract/schema-names.ts'
import { NO_OBJECT, type SentEvent } from '../engine/ledger/own-events.ts'
import { isJsonObject, type JsonObject } from './read-body.ts'

/**
 * CloudEvents 1.0 as usage events. `type` is the event type, `subject` the organization, `time` the
 * timestamp, and `data` holds the other fields of a usage event. The idempotency key is
 * `<source>/<id>`, as CloudEvents are told apart by both; "/" and "%" in `id` are percent-encoded,
 * so that no two pairs make the same key. Extension attributes are left out.
 */
export const cloudEventSchema = sent(
  'CloudEvent',
  z.object({
    specversion: z.literal('1.0', 'must be "1.0"'),
    id: requiredText(),
    source: requiredText(),
    type: requiredText(),
    subject: z.string().optional().describe('the organization'),
    time: z.string().optional(),
    datacontenttype: z
      .string()
      .regex(/^application\/json(?:;.*)?$/i, 'must be application/json')
      .optional(),
    data: z
      .custom<JsonObject>(isJsonObject, 'must be an object with the fields of a usage event')
      .optional()
      .meta({ type: 'object', description: 'the other fields of a usage event' }),
    data_base64: z.undefined('must not be given: send JSON in `data`').optional(),
  }),
)

/** The usage event in a CloudEvent. */
export const usageEventOfCloudEvent = (value: unknown): SentEvent => {
  if (!isJsonObject(value)) return { faults: [NO_OBJECT] }
  const checked = cloudEventSchema.safeParse(withoutUnset(value), PARSING)
  if (!checked.success) {
    return {
      faults: faultsOfIssues(checked.error.issues, (path) => path.map(String).join('.')),
    }
  }
  const { id, source, type, subject, time, data } = checked.data
  const attributes = {
    id: `${source}/${id.replace(/[/%]/g, encodeURIComponent)}`,
    eventType: type,
    ...(subject === undefined ? {} : { organizationId: subject }),
    ...(time === undefined ? {} : { timestamp: time }),
  }
  const taken = [...ATTRIBUTES].filter(([field]) => data && Object.hasOwn(data, field))
  if (taken.length > 0) {
    return {
      faults: taken.map(([field, attribute]) => ({
        field: `data.${field}`,
        message: `is given by the attribute \`${attribute}\``,
      })),
    }
  }
  return { event: { ...data, ...attributes } }
}

/** An attribute that is `null` is as if it were not there (JSON Event Format, 2.2). */
const withoutUnset = (event: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null))

/** What a field of a usage event is called in the CloudEvent that it came in. */
export const cloudEventField = (field: string): string => {
  const attribute = ATTRIBUTES.get(field)
  if (attribute !== undefined) return attribute
  return field.startsWith('[') ? `data${field}` : `data.${field}`
}

/** A CloudEvent whose attributes are headers (`ce-id`, …) and whose data is the body. */
export const cloudEventOfHeaders = (headers: Headers, data: unknown): JsonObject => {
  const event: JsonObject = {}
  for (const [name, value] of headers) {
    if (name.startsWith(HEADER_PREFIX)) event[name.slice(HEADER_PREFIX.length)] = unescaped(value)
  }
  return { ...event, ...(data === undefined ? {} : { data }) }
}

export const hasCloudEventHeaders = (headers: Headers): boolean =>
  ['specversion', 'id', 'type'].some((name) => headers.has(HEADER_PREFIX + name))

const HEADER_PREFIX = 'ce-'

/** Field of a usage event → attribute. A map, since names of fields come from outside. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['id', 'id'],
  ['eventType', 'type'],
  ['organizationId', 'subject'],
  ['timestamp', 'time'],
])

/** Values outside of ASCII are percent-encoded; what is not well-formed is taken as it is. */
const unescaped = (value: string): string => {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function requiredText() {
  return z.string().min(1, 'must not be empty')
}
