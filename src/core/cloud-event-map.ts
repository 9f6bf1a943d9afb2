import { type Fault, quoted } from './fault.ts'
import { AMOUNT_FIELDS } from './usage-parts.ts'

/** Where a value stands: `subject` (an attribute) or `$.usage.tokens` (a path in `data`). */
type CloudEventPath = string

/** How CloudEvents of one type become events of an event type. */
export interface CloudEventMapping {
  readonly type: string
  /** Only from this source; absent: from any. */
  readonly source?: string | undefined
  /** Only where these values stand at these places. */
  readonly where?: Readonly<Record<CloudEventPath, string | number | boolean>> | undefined
  readonly eventType: string
  /** Absent: the caller's own organization. */
  readonly organizationId?: CloudEventPath | undefined
  /** Field of an event → where its value stands. */
  readonly fields?: Readonly<Record<string, CloudEventPath>> | undefined
  /** Meter → where its amount stands, or the amount itself. */
  readonly quantities?: Readonly<Record<string, CloudEventPath | number>> | undefined
  readonly properties?: Readonly<Record<string, CloudEventPath>> | undefined
}

/** The attributes of a CloudEvent, extensions among them, and its data, whatever that is. */
export type CloudEventContent = Readonly<Record<string, unknown>>

/** An attribute, or a path of names and places in a list. */
export const CLOUD_EVENT_PATH =
  /^(?:[a-z0-9]{1,40}|\$(?:\.[A-Za-z_][\w-]{0,63}|\[\d{1,4}\]){1,10})$/

const TEXT_FIELDS = ['userId', 'sessionId', 'provider', 'model', 'endpoint', 'method'] as const
const NUMBER_FIELDS: readonly string[] = ['status', 'durationMs', ...AMOUNT_FIELDS]
/** The fields of an event that a mapping may fill; the others follow from the attributes. */
export const MAPPED_FIELDS = [...TEXT_FIELDS, 'status', 'durationMs', ...AMOUNT_FIELDS] as const

/** Whether a mapping is meant for an event. */
export const isMappedBy = (
  { type, source, where = {} }: CloudEventMapping,
  event: CloudEventContent,
): boolean =>
  event.type === type &&
  (source === undefined || event.source === source) &&
  Object.entries(where).every(([path, value]) => String(valueAt(event, path)) === String(value))

/**
 * The usage event of a CloudEvent, without its id and time. A number may be written as text, as
 * some senders do; `numbers` names the properties that are multiplied by. What is not there is
 * left out.
 */
export const mappedEvent = (
  mapping: CloudEventMapping,
  event: CloudEventContent,
  numbers: ReadonlySet<string>,
): Record<string, unknown> => {
  const { eventType, organizationId, fields = {}, quantities, properties } = mapping
  return {
    eventType,
    ...(organizationId !== undefined && present('organizationId', valueAt(event, organizationId))),
    ...Object.assign(
      {},
      ...Object.entries(fields).map(([field, path]) => {
        const value = valueAt(event, path)
        return present(field, NUMBER_FIELDS.includes(field) ? asNumber(value) : asText(value))
      }),
    ),
    ...(quantities && {
      quantities: collected(quantities, (from) =>
        typeof from === 'number' ? from : asNumber(valueAt(event, from)),
      ),
    }),
    ...(properties && {
      properties: collected(properties, (path, name) => {
        const value = valueAt(event, path)
        return numbers.has(name) ? asNumber(value) : value
      }),
    }),
  }
}

/** What a field of the usage event is called in the CloudEvent that it came in. */
export const mappedFrom = (mapping: CloudEventMapping, field: string): string | undefined => {
  const [root = '', name = ''] = field.split(/\.(.*)/s)
  const path =
    root === 'organizationId'
      ? mapping.organizationId
      : root === 'quantities'
        ? mapping.quantities?.[name]
        : root === 'properties'
          ? mapping.properties?.[name]
          : mapping.fields?.[root]
  return typeof path === 'string' ? path.replace(/^\$/, 'data') : undefined
}

const collected = <From>(
  from: Readonly<Record<string, From>>,
  read: (from: From, name: string) => unknown,
): Record<string, unknown> =>
  Object.assign({}, ...Object.entries(from).map(([name, one]) => present(name, read(one, name))))

const present = (name: string, value: unknown): Record<string, unknown> =>
  value === undefined || value === null ? {} : { [name]: value }

const valueAt = (event: CloudEventContent, path: CloudEventPath): unknown => {
  if (!path.startsWith('$')) return Object.hasOwn(event, path) ? event[path] : undefined
  let value: unknown = event.data
  for (const [, name, place] of path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)) {
    if (typeof value !== 'object' || value === null) return undefined
    const key = name ?? place ?? ''
    value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined
  }
  return value
}

const asNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value.trim())
    ? Number(value)
    : value

const asText = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value)

/** A mapping as far as it can be read, with where it stands. */
export interface DraftCloudEvent {
  readonly at: string
  readonly type: string | undefined
  readonly source: string | undefined
  readonly hasWhere: boolean
  readonly eventType: string | undefined
  readonly meters: readonly string[]
}

/** What does not fit between the mappings and the event types of a catalog. */
export const cloudEventFaults = (
  mappings: readonly DraftCloudEvent[],
  eventTypes: readonly {
    readonly key: string | undefined
    readonly meters: readonly { readonly name: string }[]
  }[],
): Fault[] =>
  mappings.flatMap((mapping, index) => {
    const { at, type, source, hasWhere, eventType, meters } = mapping
    const known = eventTypes.find(({ key }) => key !== undefined && key === eventType)
    const first = mappings.findIndex(
      (one) => one.type === type && one.source === source && !one.hasWhere,
    )
    return [
      ...(type !== undefined && first >= 0 && first < index && !hasWhere
        ? [{ field: `${at}.type`, message: `${quoted(type)} is mapped before` }]
        : []),
      ...(eventType !== undefined && !known
        ? [{ field: `${at}.eventType`, message: `there is no event type ${quoted(eventType)}` }]
        : []),
      ...meters
        .filter((meter) => known && !known.meters.some(({ name }) => name === meter))
        .map((meter) => ({
          field: `${at}.quantities.${meter}`,
          message: `${quoted(eventType ?? '')} does not add to this meter`,
        })),
    ]
  })
