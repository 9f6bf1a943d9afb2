import { type Fault, quoted } from './fault.ts'
import { AMOUNT_FIELDS } from './usage-parts.ts'

/** The place of a value: `subject` (an attribute) or `$.usage.tokens` (a path in `data`). */
type CloudEventPath = string

/** How CloudEvents of one type are mapped to events of an event type. */
export interface CloudEventMapping {
  readonly type: string
  /** Matches only this source; absent: any source. */
  readonly source?: string | undefined
  /** Matches only events that have these values at these places. */
  readonly where?: Readonly<Record<CloudEventPath, string | number | boolean>> | undefined
  readonly eventType: string
  /** The place of the organization's id; absent: the caller's own organization. */
  readonly organizationId?: CloudEventPath | undefined
  /** By field of the usage event: the place of its value. */
  readonly fields?: Readonly<Record<string, CloudEventPath>> | undefined
  /** By meter: the place of its amount, or the amount itself. */
  readonly quantities?: Readonly<Record<string, CloudEventPath | number>> | undefined
  readonly properties?: Readonly<Record<string, CloudEventPath>> | undefined
}

/** The attributes of a CloudEvent, including extensions, and its data of any shape. */
export type CloudEventContent = Readonly<Record<string, unknown>>

/** An attribute's name, or a path of names and list positions. */
export const CLOUD_EVENT_PATH =
  /^(?:[a-z0-9]{1,40}|\$(?:\.[A-Za-z_][\w-]{0,63}|\[\d{1,4}\]){1,10})$/

const TEXT_FIELDS = ['userId', 'sessionId', 'provider', 'model', 'endpoint', 'method'] as const
const NUMBER_FIELDS: readonly string[] = ['status', 'durationMs', ...AMOUNT_FIELDS]
/** The fields of a usage event that a mapping may fill. The attributes determine the others. */
export const MAPPED_FIELDS = [...TEXT_FIELDS, 'status', 'durationMs', ...AMOUNT_FIELDS] as const

/** True when a mapping applies to a CloudEvent. */
export const isMappedBy = (
  { type, source, where = {} }: CloudEventMapping,
  event: CloudEventContent,
): boolean =>
  event.type === type &&
  (source === undefined || event.source === source) &&
  Object.entries(where).every(([path, value]) => String(valueAt(event, path)) === String(value))

/**
 * Maps a CloudEvent to a usage event without id and time. Absent values are left out. `numbers`
 * names the properties that are multipliers; a number may arrive as text, as some senders write it.
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

/** The place in the CloudEvent from which a field of the usage event was read. */
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

/** A mapping as far as it can be read, with its path. */
export interface DraftCloudEvent {
  readonly at: string
  readonly type: string | undefined
  readonly source: string | undefined
  readonly hasWhere: boolean
  readonly eventType: string | undefined
  readonly meters: readonly string[]
}

/** Lists mappings that do not fit the event types of the catalog. */
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
