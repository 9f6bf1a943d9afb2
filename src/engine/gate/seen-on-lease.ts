import type { SeenLimit } from '../../core/decision.ts'
import type { Need } from '../counters/refills.ts'
import { seenSlot } from '../counters/seen-limit.ts'

/** A limit as it stood when this process last heard of it, less what it has on lease itself. */
export const seenOnLease = (need: Need, used: number, atMs: number): SeenLimit =>
  seenSlot(need, Math.max(0, used - need.units), atMs)
