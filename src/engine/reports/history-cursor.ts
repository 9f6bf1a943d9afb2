import { invalid } from '../../contract/errors.ts'
import { isStorable } from '../../contract/text.ts'
import type { HistorySort } from '../../contract/usage-history.ts'
import type { EventPlace } from '../../storage/events/usage-history.ts'

const FARTHEST_MS = 8.64e15
const MICRO_CREDITS = /^-?\d{1,18}$/

/** Encodes an event's place in an order as a cursor. */
export const cursorOf = (sort: HistorySort, { credits, occurredAt, id }: EventPlace): string =>
  Buffer.from(JSON.stringify([sort, String(credits), occurredAt.getTime(), id])).toString(
    'base64url',
  )

/** Decodes the place where a page begins. The cursor must come from a page in the same order. */
export const placeOf = (cursor: string, sort: HistorySort): EventPlace => {
  const [given, credits, atMs, id] = partsOf(cursor)
  const isPlace =
    given === sort &&
    typeof credits === 'string' &&
    MICRO_CREDITS.test(credits) &&
    typeof atMs === 'number' &&
    Number.isInteger(atMs) &&
    Math.abs(atMs) < FARTHEST_MS &&
    typeof id === 'string' &&
    isStorable(id)
  if (!isPlace)
    throw invalid({ field: 'cursor', message: 'must be one that a page in this order gave' })
  return { credits: BigInt(credits), occurredAt: new Date(atMs), id }
}

const partsOf = (cursor: string): readonly unknown[] => {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
