import type { SeenLimit } from '../../core/decision.ts'
import type { Need } from '../leases/refills.ts'

/** A limit as it stood when this process last heard of it, less what it has on lease itself. */
export const seenOnLease = ({ slot, units }: Need, used: number, atMs: number): SeenLimit => {
  const { row } = slot.limit
  return {
    meter: row.meter,
    window: row.window_name,
    per: row.per,
    subject: slot.ref.subject,
    startMs: slot.ref.startMs === 0 ? atMs : slot.ref.startMs,
    max: row.max ?? undefined,
    behavior: row.behavior,
    burst: row.burst ?? undefined,
    cap: row.cap ?? undefined,
    before: BigInt(Math.max(0, used - units)),
    asked: BigInt(units),
    refused: false,
  }
}
