import { hash } from 'node:crypto'
import { z } from 'zod'
import { invalid } from '../contract/errors.ts'
import { faultsOfIssues, PARSING } from '../contract/schema-faults.ts'
import { sent } from '../contract/schema-names.ts'
import type { Fault } from '../core/fault.ts'
import { NO_OBJECT, type SentEvent } from '../engine/ledger/own-events.ts'
import { isJsonObject, type JsonObject } from './read-body.ts'

/** `application/json`, `text/json`, and every format that is based on JSON. */
const JSON_TYPE = /^(?:[a-z]+\/json|[a-z]+\/[\w.-]+\+json)(?:\s*;.*)?$/i
export const isJsonType = (mediaType: string): boolean => JSON_TYPE.test(mediaType)

/**
 * CloudEvents 1.0 as usage events. If a catalog maps the `type`, the mapping applies. Otherwise
 * `type` is the event type, `subject` the organization, `time` the timestamp, and `data` contains
 * the other fields of a usage event. Extension attributes are ignored.
 * The idempotency key is `<source>/<id>`, because both identify a CloudEvent. "/" and "%" in `id`
 * are percent-encoded, so that different pairs give different keys. A key that would be too long is
 * replaced by its SHA-256.
 */
export const cloudEventSchema = sent(
  'CloudEvent',
  z.object({
    specversion: z.literal('1.0', 'must be "1.0"'),
    id: requiredText(),
    source: requiredText(),
    type: requiredText(),
    subject: z.string().optional().describe('the organization, unless the type is mapped'),
    time: z.string().optional(),
    datacontenttype: z.string().optional().describe('JSON, unless the type is mapped'),
    data: z
      .unknown()
      .optional()
      .describe("the other fields of a usage event, or the input of a catalog's mapping"),
    data_base64: z.string().optional().describe('data as base64, instead of `data`'),
  }),
)

/** Converts a CloudEvent to a usage event, and includes the CloudEvent for mappings. */
export const usageEventOfCloudEvent = (value: unknown): SentEvent => {
  if (!isJsonObject(value)) return { faults: [NO_OBJECT] }
  const attributes = withoutUnset(value)
  const checked = cloudEventSchema.safeParse(attributes, PARSING)
  if (!checked.success) {
    return {
      faults: faultsOfIssues(checked.error.issues, (path) => path.map(String).join('.')),
    }
  }
  const { id, source, type, subject, time } = checked.data
  const { data, fault } = dataOf(checked.data)
  const always = {
    id: keyOf(source, id),
    ...(time === undefined ? {} : { timestamp: time }),
  }
  const cloudEvent = { always, content: { ...attributes, data } }
  const faults = fault ? [fault] : faultsOfData(data)
  if (faults.length > 0) return { faults, cloudEvent }
  const event = {
    ...(data as JsonObject | undefined),
    ...always,
    eventType: type,
    ...(subject === undefined ? {} : { organizationId: subject }),
  }
  return { event, cloudEvent }
}

const MAX_KEY_LENGTH = 255

const keyOf = (source: string, id: string): string => {
  const key = `${source}/${id.replace(/[/%]/g, encodeURIComponent)}`
  return key.length <= MAX_KEY_LENGTH ? key : `sha256:${hash('sha256', key, 'hex')}`
}

type CheckedEvent = z.output<typeof cloudEventSchema>

/** The data as JSON, from either of its two fields. */
const dataOf = (event: CheckedEvent): { data: unknown; fault?: Fault } => {
  const { data, data_base64: base64, datacontenttype: type } = event
  if (base64 !== undefined && data !== undefined) {
    return {
      data,
      fault: { field: 'data_base64', message: 'cannot be given together with `data`' },
    }
  }
  if (type !== undefined && !isJsonType(type)) {
    return {
      data,
      fault: { field: 'datacontenttype', message: 'must be JSON, unless the type is mapped' },
    }
  }
  if (base64 === undefined) return { data }
  const read = jsonOfBase64(base64)
  return read.ok
    ? { data: read.value }
    : { data: undefined, fault: { field: 'data_base64', message: 'must be JSON as base64' } }
}

const jsonOfBase64 = (base64: string): { ok: true; value: unknown } | { ok: false } => {
  try {
    const bytes = Buffer.from(base64, 'base64')
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return { ok: false }
  }
}

/** Lists faults of data that must contain fields of a usage event. */
const faultsOfData = (data: unknown): readonly Fault[] => {
  if (data === undefined) return []
  if (!isJsonObject(data)) {
    return [{ field: 'data', message: 'must be an object with the fields of a usage event' }]
  }
  return [...ATTRIBUTES]
    .filter(([field]) => Object.hasOwn(data, field))
    .map(([field, attribute]) => ({
      field: `data.${field}`,
      message: `is given by the attribute \`${attribute}\``,
    }))
}

/** A `null` attribute counts as absent (JSON Event Format, 2.2). */
const withoutUnset = (event: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null))

/** The name in the CloudEvent of a usage event's field. */
export const cloudEventField = (field: string): string => {
  const attribute = ATTRIBUTES.get(field)
  if (attribute !== undefined) return attribute
  return field.startsWith('[') ? `data${field}` : `data.${field}`
}

/** Builds a CloudEvent from header attributes (`ce-id`, …) and the body as data. */
export const cloudEventOfHeaders = (headers: Headers, data: unknown): JsonObject => {
  const event: JsonObject = {}
  for (const [name, value] of headers) {
    if (!name.startsWith(HEADER_PREFIX)) continue
    event[name.slice(HEADER_PREFIX.length)] = attributeOfHeader(name, value)
  }
  const type = headers.get('content-type')
  return {
    ...event,
    ...(type === null ? {} : { datacontenttype: type }),
    ...(data === undefined ? {} : { data }),
  }
}

export const hasCloudEventHeaders = (headers: Headers): boolean =>
  ['specversion', 'id', 'type'].some((name) => headers.has(HEADER_PREFIX + name))

const HEADER_PREFIX = 'ce-'

/** Attributes by field of the usage event. A map, because field names come from outside. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['id', 'id'],
  ['eventType', 'type'],
  ['organizationId', 'subject'],
  ['timestamp', 'time'],
])

/**
 * Decodes a header value as in the HTTP binding 1.0.2, §3.1.3.2. First unquotes a quoted string,
 * then percent-decodes once. Bytes that are not UTF-8 are an error. A "%" that encodes no byte
 * stays as it is.
 */
const attributeOfHeader = (name: string, value: string): string => {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1]
  const text = quoted === undefined ? value : quoted.replace(/\\(.)/gs, '$1')
  try {
    return text.replace(/(?:%[0-9a-f]{2})+/gi, decodeURIComponent)
  } catch {
    throw invalid({ field: name, message: 'must be percent-encoded UTF-8' })
  }
}

function requiredText() {
  return z.string().min(1, 'must not be empty')
}
