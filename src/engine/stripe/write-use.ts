import { lockMetering, writeMeteredUse } from '../../storage/tables/stripe-metering.ts'
import type { Context } from '../context.ts'
import type { Metering } from './stripe-settings.ts'

/** The kind of the outbox entries that are use for Stripe's meters. */
export const USE_KIND = 'use'

/** The payload of a closed bucket in the outbox. */
export interface UsePayload {
  readonly meter: string
  readonly eventName: string
  /** A whole number, in the unit of Stripe's meter. */
  readonly value: string
  readonly from: string
  readonly to: string
}

const LENGTH_MS = { hour: 3_600_000, day: 86_400_000 } as const

/**
 * Queues the buckets of hours or days that have ended and whose time for late events is over. Each
 * is queued in a transaction of its own, with its present use: later use is not sent.
 *
 * Several processes take turns, and each bucket is queued once. Stripe accepts whole numbers only,
 * so a remainder is carried to the next bucket and nothing is lost.
 */
export const writeUse = async (ctx: Context, { bucket, meters }: Metering): Promise<void> => {
  await ctx.recorder.flush()
  const lengthMs = LENGTH_MS[bucket]
  for (let isMore = true; isMore; ) {
    isMore = await ctx.db.transaction(async (tx) => {
      const at = ctx.clock.now()
      const nowMs = at.getTime()
      const first = new Date(Math.floor(nowMs / lengthMs) * lengthMs)
      const from = await lockMetering(tx, first)
      // After a change from hours to days, it starts with the next whole day.
      const startMs = Math.ceil(from.getTime() / lengthMs) * lengthMs
      if (startMs + lengthMs + ctx.billing.graceMs > nowMs) return false
      const window = { name: bucket, from: new Date(startMs), to: new Date(startMs + lengthMs) }
      await writeMeteredUse(tx, { ...window, kind: USE_KIND, meters, at })
      return true
    })
  }
}
