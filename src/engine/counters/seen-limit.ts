import type { SeenLimit } from '../../core/decision.ts'
import type { LimitRow } from '../../storage/gate/limits.ts'
import type { Need } from './needs.ts'

type LimitWords = Pick<
  LimitRow,
  'meter' | 'window_name' | 'per' | 'max' | 'behavior' | 'burst' | 'cap'
>

/** A limit with its level for a subject, marked as not refusing. */
export const seenLimit = (
  row: LimitWords,
  stands: Pick<SeenLimit, 'subject' | 'startMs' | 'before' | 'asked'>,
): SeenLimit => ({
  meter: row.meter,
  window: row.window_name,
  per: row.per,
  max: row.max ?? undefined,
  behavior: row.behavior,
  burst: row.burst ?? undefined,
  cap: row.cap ?? undefined,
  refused: false,
  // Listed one by one: a spread costs more than all other fields.
  subject: stands.subject,
  startMs: stands.startMs,
  before: stands.before,
  asked: stands.asked,
})

/** The limit of a slot that a call touches, at a level. */
export const seenSlot = ({ slot, units }: Need, level: number, atMs: number): SeenLimit =>
  seenLimit(slot.limit.row, {
    subject: slot.ref.subject,
    startMs: slot.ref.startMs === 0 ? atMs : slot.ref.startMs,
    before: BigInt(level),
    asked: BigInt(units),
  })
