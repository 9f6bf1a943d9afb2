import type { CallerTransaction } from '../contract/caller-transaction.ts'
import { TollgateError } from '../contract/errors.ts'
import type { TollgateWithin } from '../contract/tollgate.ts'
import { databaseWithin } from '../storage/caller-transaction.ts'
import type { RowShapes } from '../storage/row-shapes.ts'
import { clockTimers } from './clock.ts'
import type { Context } from './context.ts'
import { contextInside } from './context-inside.ts'
import { createEntry, type Verb } from './entry.ts'
import type { Partitions } from './ledger/partitions.ts'
import { libraryOf } from './library.ts'
import { tracedDatabase } from './telemetry/traced-database.ts'
import { verbs } from './verbs.ts'

/**
 * The gate and the ledger within a caller's transaction. Nothing is batched with other callers,
 * since nothing is certain before the caller commits. Nothing is counted in the engine's own
 * figures, since it may be rolled back.
 */
export const within = (
  ctx: Context,
  partitions: Partitions,
  shapes: RowShapes,
  transaction: CallerTransaction,
  isClosing: () => boolean,
): TollgateWithin => {
  if (ctx.db.kind !== 'postgres') {
    throw new TollgateError('unprocessable', {
      detail: 'only on PostgreSQL can a caller have transactions',
    })
  }
  const inside = contextInside(ctx, partitions, tracedDatabase(databaseWithin(transaction, shapes)))
  const entry = createEntry({
    ctx: inside,
    verbs: verbs as Readonly<Record<string, Verb>>,
    isClosing,
  })
  const { check, track, record, reserve, extend, settle, release } = libraryOf({
    entry,
    timers: clockTimers(ctx.clock),
    log: ctx.log,
  })
  return { check, track, record, reserve, extend, settle, release }
}
