import type { RecordResult } from '../../contract/decision.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import type { Call } from '../../contract/usage.ts'
import type { CloudEventContent } from '../../core/cloud-event-map.ts'
import type { Fault } from '../../core/fault.ts'
import {
  type FindStanding,
  type KnownCaller,
  onlyUserOf,
  requirePlatform,
  userOf,
} from '../access.ts'

/** An event as it was sent, not validated yet; or the reason why it cannot be one. */
export interface SentEvent {
  readonly event?: Readonly<Record<string, unknown>>
  readonly faults?: readonly Fault[]
  /** Set if it was sent as a CloudEvent, which a catalog may map. */
  readonly cloudEvent?: {
    /** The fields that stay as they are under any mapping: the id and the time. */
    readonly always: Readonly<Record<string, unknown>>
    readonly content: CloudEventContent
  }
  /** Returns the sent name of a field, if it differs from the other events. */
  readonly fieldName?: (field: string) => string
}

/** Events that were sent for recording, in any format. */
export interface Ingest {
  readonly events: readonly SentEvent[]
  /** One event by itself: a lack of permission refuses the whole call. */
  readonly single: boolean
  /** Applies to all events of the batch. */
  readonly backfill: boolean
  /** Returns the name of a field in the sent format. */
  readonly fieldName: (field: string) => string
}

/**
 * The events that this caller may record, each with its organization, and the rejections of the
 * others.
 */
export interface OwnedEvents {
  /** Not validated yet: `record` checks each event. */
  readonly events: readonly Call[]
  readonly merged: (result: RecordResult) => RecordResult
}

/** Events given in this process, as a list or a single one. */
export const ingestOf = (input: unknown, backfill: boolean): Ingest => ({
  events: (Array.isArray(input) ? input : [input]).map((event) =>
    typeof event === 'object' && event !== null && !Array.isArray(event)
      ? { event }
      : { faults: [NO_OBJECT] },
  ),
  single: false,
  backfill,
  fieldName: (field) => field,
})

export const NO_OBJECT: Fault = { field: 'event', message: 'must be a JSON object' }

/**
 * Sets the organization of each event, and its user if the caller acts for one user only. In a
 * batch, a fault is reported by index and does not stop the other events. A single event with a
 * fault is refused.
 */
export const ownedEvents = async (
  { events: sent, single, backfill, fieldName }: Ingest,
  caller: KnownCaller | undefined,
  findStanding: FindStanding,
): Promise<OwnedEvents> => {
  if (backfill) requirePlatform(caller, 'backfill')
  const onlyUser = onlyUserOf(caller)
  const events: Call[] = []
  const indexes: number[] = []
  const rejected: RecordResult['rejected'] = []
  const nameIn = (index: number) => sent[index]?.fieldName ?? fieldName
  for (const [index, { event, faults = [] }] of sent.entries()) {
    try {
      if (!event) throw invalid(...faults)
      if (event.backfill === true) requirePlatform(caller, nameIn(index)('backfill'))
      const found = findStanding(event.organizationId, nameIn(index)('organizationId'))
      const { organizationId } = found instanceof Promise ? await found : found
      const owned = { ...event, organizationId }
      const userId = userOf(event.userId, onlyUser, nameIn(index)('userId'))
      events.push((userId === undefined ? owned : { ...owned, userId }) as unknown as Call)
      indexes.push(index)
    } catch (error) {
      if (single || !(error instanceof TollgateError)) throw error
      // A caller who may not record for the organization gets that error on this field.
      const organization = { field: nameIn(index)('organizationId'), message: error.message }
      const told = error.faults.length > 0 ? error.faults : [organization]
      rejected.push(...told.map((fault) => ({ index, code: 'invalid_request' as const, ...fault })))
    }
  }
  return {
    events,
    merged: (result) => ({
      ...result,
      rejected: [
        ...rejected,
        ...result.rejected.map((one) => {
          const index = indexes[one.index] ?? one.index
          return { ...one, index, field: nameIn(index)(one.field) }
        }),
      ].sort((one, other) => one.index - other.index),
    }),
  }
}
