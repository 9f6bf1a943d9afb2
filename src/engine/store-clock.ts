import type { Queryable } from '../storage/database.ts'
import { type Clock, systemClock } from './clock.ts'

export interface StoreClock extends Clock {
  /** Reads the store's time again. */
  sync(): Promise<void>
}

/**
 * The store's time, so that processes with different clocks agree on windows and rates. It is read
 * now and then. In between, this process's monotonic clock continues it, which nobody can set. It
 * is exact to half a round trip. It never goes back: after a correction it waits.
 */
export const storeClock = async (db: Queryable): Promise<StoreClock> => {
  let offsetMs = 0
  let latestMs = 0
  const sync = async () => {
    const askedAt = performance.now()
    const [row] = await db.query<{ ms: number }>(
      'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
    )
    if (row) offsetMs = row.ms - (askedAt + performance.now()) / 2
  }
  await sync()
  return {
    sync,
    after: systemClock.after,
    now: () => {
      latestMs = Math.max(latestMs, Math.floor(offsetMs + performance.now()))
      return new Date(latestMs)
    },
  }
}
