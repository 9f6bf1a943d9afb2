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

/** An event as it was sent, of no known shape yet; or why it cannot be one. */
export interface SentEvent {
  readonly event?: Readonly<Record<string, unknown>>
  readonly faults?: readonly Fault[]
  /** It came as a CloudEvent, which a catalog may map. */
  readonly cloudEvent?: {
    /** Every mapping keeps the id and the time. */
    readonly always: Readonly<Record<string, unknown>>
    readonly content: CloudEventContent
  }
  /** What a field of it is called in what was sent, if not as in the others. */
  readonly fieldName?: (field: string) => string
}

/** Events that were sent to be recorded, in whatever format they came. */
export interface Ingest {
  readonly events: readonly SentEvent[]
  /** One event by itself: what this caller may not do with it refuses the call. */
  readonly single: boolean
  /** Beside a batch: for all that is in it. */
  readonly backfill: boolean
  /** The name that a field of an event has in what was sent. */
  readonly fieldName: (field: string) => string
}

/** The events that this caller may record, each with its organization; and why not the others. */
export interface OwnedEvents {
  /** Typed as what they should be: `record` checks each of them. */
  readonly events: readonly Call[]
  readonly merged: (result: RecordResult) => RecordResult
}

/** Events that are given in this process: a list, or one. */
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
 * Writes into each event whom it is about, and whose use it is where it can be one user's only. In a
 * batch, what is wrong with one event is told by its index and stops none of the others; an event
 * by itself is refused.
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
      // A caller who may not record there gets that error for the organization.
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
