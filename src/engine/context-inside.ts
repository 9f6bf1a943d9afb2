import type { Database } from '../storage/database.ts'
import { ensurePartitions } from '../storage/events/retention.ts'
import { extendReservation, settleReservations } from '../storage/gate/reservations.ts'
import {
  decideUsage,
  type RecordAsk,
  type RecordOutcome,
  recordEvents,
} from '../storage/gate/usage.ts'
import type { UsageItem } from '../storage/usage-batch.ts'
import type { Context } from './context.ts'
import type { Partitions } from './ledger/partitions.ts'
import { createMeasures } from './telemetry/measures.ts'

/**
 * The gate and the ledger within a caller's transaction. Nothing is batched with other callers.
 * Nothing is counted in the engine's own figures, since it may be rolled back.
 */
export const contextInside = (ctx: Context, partitions: Partitions, db: Database): Context => {
  /**
   * A missing partition is created in the caller's transaction. Another connection would wait for
   * this one's locks, and the caller for that connection: a deadlock.
   */
  const prepared = async (items: readonly UsageItem[], at: Date) => {
    for (const week of partitions.missing([at, ...items.map((item) => item.occurredAt)])) {
      await ensurePartitions(db, week, week)
    }
  }
  // Redis cannot roll back with the caller, so here the database decides every limit.
  const node = { ...ctx.node, hasRedis: false }
  const record = async (ask: RecordAsk): Promise<RecordOutcome> => {
    const at = ctx.clock.now()
    await prepared([ask.item], at)
    return only(await recordEvents(db, [ask], node.id, at))
  }
  return {
    ...ctx,
    db,
    node,
    shared: undefined,
    counters: { ...ctx.counters },
    measures: createMeasures(),
    leases: undefined,
    recorder: { put: () => false, flush: async () => {}, length: 0, isJournaled: false },
    guard: { run: (work) => work() },
    gate: {
      decide: async (ask) => {
        // Units on lease to this process would be missing inside, where they cannot be reclaimed.
        await ctx.leases?.giveBackOf(ask.item.organizationId)
        const at = ctx.clock.now()
        await prepared([ask.item], at)
        return only(await decideUsage(db, [{ ...ask, final: true }], node, at))
      },
      settle: async (ask) => {
        const at = ctx.clock.now()
        await prepared([ask.item], at)
        return only(await settleReservations(db, [ask], at))
      },
      extend: async (ask) => {
        const at = ctx.clock.now()
        await prepared([ask.item], at)
        return extendReservation(db, { ...ask, final: true }, node, at)
      },
    },
    ledger: {
      record,
      add: (ask, done) => {
        record(ask).then(
          (outcome) => done(ask, outcome, undefined),
          (error: unknown) => done(ask, undefined, error),
        )
      },
    },
  }
}

const only = <Row>(rows: readonly Row[]): Row => {
  const [row] = rows
  if (row === undefined) throw new Error('the database gave no answer')
  return row
}
