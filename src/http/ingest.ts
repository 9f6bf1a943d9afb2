import type { RecordResult } from '../contract/decision.ts'
import { invalid, TollgateError } from '../contract/errors.ts'
import { MAX_EVENTS } from '../contract/usage.ts'
import type { Fault } from '../core/fault.ts'
import { type Ingest, NO_OBJECT, type SentEvent } from '../engine/ledger/own-events.ts'
import {
  cloudEventField,
  cloudEventOfHeaders,
  hasCloudEventHeaders,
  isJsonType,
  usageEventOfCloudEvent,
} from './cloud-events.ts'
import { agreeOnId } from './idempotency-key.ts'
import {
  checkedObject,
  isJsonObject,
  type JsonObject,
  mediaTypeOf,
  parseJson,
  readJson,
  readText,
} from './read-body.ts'

export const CLOUD_EVENT = 'application/cloudevents+json'
export const CLOUD_EVENT_BATCH = 'application/cloudevents-batch+json'

/** Reads one usage event, a batch, or CloudEvents in any of their three modes. */
export const readIngest = async (
  request: Request,
  idempotencyKey: string | undefined,
): Promise<Ingest> => {
  const read = await readFormat(request)
  if (idempotencyKey === undefined) return read
  if (!read.single) {
    const message = 'is for one event: in a batch each event has its own `id`'
    throw invalid({ field: 'Idempotency-Key', message })
  }
  agreeOnId(read.events[0]?.event?.id, idempotencyKey)
  return read
}

const readFormat = async (request: Request): Promise<Ingest> => {
  const { headers } = request
  const mediaType = mediaTypeOf(request)
  if (mediaType === CLOUD_EVENT) {
    return cloudEvents([checkedObject(await readJson(request, [CLOUD_EVENT]))], true)
  }
  if (mediaType === CLOUD_EVENT_BATCH) {
    const batch = await readJson(request, [CLOUD_EVENT_BATCH])
    // A batch may be empty (JSON Event Format, §4).
    const isEmpty = Array.isArray(batch) && batch.length === 0
    return cloudEvents(isEmpty ? [] : checkedList(batch, 'body'), false)
  }
  if (hasCloudEventHeaders(headers)) {
    return cloudEvents([cloudEventOfHeaders(headers, await readData(request))], true)
  }
  const formats = ['application/json', CLOUD_EVENT, CLOUD_EVENT_BATCH]
  const body = checkedObject(await readJson(request, formats))
  return Object.hasOwn(body, 'events') ? batchOf(body) : ingest([{ event: body }], true)
}

/** Builds the error for a single event that was rejected. */
export const singleRefusal = (rejected: RecordResult['rejected']): TollgateError =>
  new TollgateError(rejected[0]?.code ?? 'invalid_request', {
    detail: rejected.map(({ field, message }) => `${field}: ${message}`).join('; '),
    faults: rejected.map(({ field, message }): Fault => ({ field, message })),
  })

const batchOf = (body: JsonObject): Ingest => {
  const { events, backfill = false, ...others } = body
  const faults = Object.keys(others).map((field) => ({
    field,
    message: 'cannot be given together with `events`',
  }))
  if (typeof backfill !== 'boolean')
    faults.push({ field: 'backfill', message: 'must be true or false' })
  if (faults.length > 0) throw invalid(...faults)
  const list = checkedList(events, 'events')
  return { ...ingest(list.map(asSentEvent), false), backfill: backfill === true }
}

const asSentEvent = (event: unknown): SentEvent =>
  isJsonObject(event) ? { event } : { faults: [NO_OBJECT] }

const checkedList = (value: unknown, field: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw invalid({ field, message: 'must be a list' })
  if (value.length === 0) throw invalid({ field, message: 'must not be empty' })
  if (value.length <= MAX_EVENTS) return value
  throw invalid({ field, message: `must have at most ${MAX_EVENTS} events` })
}

const ingest = (events: readonly SentEvent[], single: boolean): Ingest => ({
  events,
  single,
  backfill: false,
  fieldName: (field) => field,
})

const cloudEvents = (values: readonly unknown[], single: boolean): Ingest => ({
  ...ingest(values.map(usageEventOfCloudEvent), single),
  fieldName: cloudEventField,
})

/**
 * Reads the data of a CloudEvent with header attributes: JSON, nothing, or text that only a mapping
 * can use.
 */
const readData = async (request: Request): Promise<unknown> => {
  const mediaType = mediaTypeOf(request)
  const text = await readText(request)
  if (text.trim() === '') return undefined
  return mediaType === undefined || isJsonType(mediaType) ? parseJson(text) : text
}
