import type { RecordResult } from '../contract/decision.ts'
import { invalid, TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { UsageEventInput } from '../contract/usage.ts'
import type { Fault } from '../core/fault.ts'
import { type FindStanding, requireAdmin } from './access.ts'
import {
  cloudEventField,
  cloudEventOfHeaders,
  hasCloudEventHeaders,
  NO_OBJECT,
  type Unwrapped,
  usageEventOfCloudEvent,
} from './cloud-events.ts'
import { agreeOnId } from './parameters.ts'
import {
  checkedObject,
  isJsonObject,
  type JsonObject,
  mediaTypeOf,
  parseJson,
  readJson,
  readText,
} from './read-body.ts'

export const MAX_EVENTS = 1_000
export const CLOUD_EVENT = 'application/cloudevents+json'
export const CLOUD_EVENT_BATCH = 'application/cloudevents-batch+json'

/** What was sent to be recorded, whatever the format that it came in. */
export interface Ingest {
  readonly events: readonly Unwrapped[]
  /** One event by itself is answered with a problem when it is refused. */
  readonly single: boolean
  /** Beside a batch: for all that is in it. */
  readonly backfill: boolean
  /** What a field of the event at an index is called in what was sent. */
  readonly fieldName: (field: string) => string
}

/** Reads one usage event, a batch, or CloudEvents in any of their three ways. */
export const readIngest = async (request: Request): Promise<Ingest> => {
  const { headers } = request
  const mediaType = mediaTypeOf(request)
  if (mediaType === CLOUD_EVENT) {
    return cloudEvents([checkedObject(await readJson(request, [CLOUD_EVENT]))], true)
  }
  if (mediaType === CLOUD_EVENT_BATCH) {
    const batch = await readJson(request, [CLOUD_EVENT_BATCH])
    return cloudEvents(checkedList(batch, 'body'), false)
  }
  if (hasCloudEventHeaders(headers)) {
    return cloudEvents([cloudEventOfHeaders(headers, await readData(request))], true)
  }
  const formats = ['application/json', CLOUD_EVENT, CLOUD_EVENT_BATCH]
  const body = checkedObject(await readJson(request, formats))
  return Object.hasOwn(body, 'events') ? batchOf(body) : ingest([{ event: body }], true)
}

/** An event as it was sent, with its organization; or what this caller may not do with it. */
export interface OwnedEvents {
  /** Typed as what they should be: the engine checks each of them. */
  readonly events: readonly UsageEventInput[]
  /** Where each of them stood in what was sent. */
  readonly indexes: readonly number[]
  readonly rejected: RecordResult['rejected']
}

/**
 * Writes into each event whom it is about. In a batch, what is wrong with one event is told by its
 * index and stops none of the others; an event by itself is refused.
 */
export const ownedEvents = async (
  ingest: Ingest,
  caller: Principal,
  findStanding: FindStanding,
  idempotencyKey: string | undefined,
): Promise<OwnedEvents> => {
  if (ingest.backfill) requireAdmin(caller, 'backfill')
  if (idempotencyKey !== undefined && !ingest.single) {
    const message = 'is for one event: in a batch each event has its own `id`'
    throw invalid({ field: 'Idempotency-Key', message })
  }
  const events: UsageEventInput[] = []
  const indexes: number[] = []
  const rejected: RecordResult['rejected'] = []
  for (const [index, { event, faults = [] }] of ingest.events.entries()) {
    try {
      if (!event) throw invalid(...faults)
      agreeOnId(event.id, idempotencyKey)
      if (event.backfill === true) requireAdmin(caller, ingest.fieldName('backfill'))
      const field = ingest.fieldName('organizationId')
      const { organizationId } = await findStanding(event.organizationId, field)
      events.push({ ...event, organizationId } as UsageEventInput)
      indexes.push(index)
    } catch (error) {
      if (ingest.single || !(error instanceof TollgateError)) throw error
      rejected.push(
        ...error.faults.map((fault) => ({ index, code: 'invalid_request' as const, ...fault })),
      )
    }
  }
  return { events, indexes, rejected }
}

/** What the engine said of the events handed on, by the places in which they were sent. */
export const mergedResult = (
  { indexes, rejected }: OwnedEvents,
  result: RecordResult,
  fieldName: (field: string) => string,
): RecordResult => ({
  ...result,
  rejected: [
    ...rejected,
    ...result.rejected.map((one) => ({
      ...one,
      index: indexes[one.index] ?? one.index,
      field: fieldName(one.field),
    })),
  ].sort((one, other) => one.index - other.index),
})

/** Why the one event that was sent has not been recorded. */
export const singleRefusal = (rejected: RecordResult['rejected']): TollgateError =>
  new TollgateError(
    rejected[0]?.code ?? 'invalid_request',
    rejected.map(({ field, message }) => `${field}: ${message}`).join('; '),
    rejected.map(({ field, message }): Fault => ({ field, message })),
  )

const batchOf = (body: JsonObject): Ingest => {
  const { events, backfill = false, ...others } = body
  const faults = Object.keys(others).map((field) => ({
    field,
    message: 'cannot stand beside `events`',
  }))
  if (typeof backfill !== 'boolean')
    faults.push({ field: 'backfill', message: 'must be a boolean' })
  if (faults.length > 0) throw invalid(...faults)
  const list = checkedList(events, 'events')
  return { ...ingest(list.map(asUnwrapped), false), backfill: backfill === true }
}

const asUnwrapped = (event: unknown): Unwrapped =>
  isJsonObject(event) ? { event } : { faults: [NO_OBJECT] }

const checkedList = (value: unknown, field: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw invalid({ field, message: 'must be an array' })
  if (value.length === 0) throw invalid({ field, message: 'must not be empty' })
  if (value.length <= MAX_EVENTS) return value
  throw invalid({ field, message: `must hold at most ${MAX_EVENTS} events` })
}

const ingest = (events: readonly Unwrapped[], single: boolean): Ingest => ({
  events,
  single,
  backfill: false,
  fieldName: (field) => field,
})

const cloudEvents = (values: readonly unknown[], single: boolean): Ingest => ({
  ...ingest(values.map(usageEventOfCloudEvent), single),
  fieldName: cloudEventField,
})

/** The data of a CloudEvent in headers: JSON, or nothing at all. */
const readData = async (request: Request): Promise<unknown> => {
  if (mediaTypeOf(request) !== undefined) return readJson(request, ['application/json'])
  const text = await readText(request)
  return text.trim() === '' ? undefined : parseJson(text)
}
