import type { Clock } from './clock.ts'
import type { Context } from './context.ts'
import { createFairTurns, type FairTurns } from './fair-turns.ts'
import { contextOver, readingOf } from './reading-context.ts'

/** Calls of one organization that wait for a connection. Each is a request that somebody holds. */
const MOST_WAITING = 1_000

/** How a verb may use connections. */
interface Use {
  /** The organization that the call is about. Undefined: the platform. */
  readonly organizationId: string | undefined
  /** Reads use separate connections. */
  readonly reads: boolean
  /** It waits for its turn only for a part of the store's time limit: the store is not away. */
  readonly isDecision: boolean
}

/** Gives each call a context whose statements share connections fairly with other organizations. */
export type ContextOfCall = (use: Use) => Context

/**
 * Divides the connections of this process among organizations, which take turns. Verbs never get
 * more than half of the connections for writing: the rest is for the batches of decisions and of
 * events, and for jobs. Reports have separate connections, and get all of those. One organization
 * never gets more than half of either.
 *
 * So its reports, its changes and its calls that wait for its lock cannot keep others waiting. The
 * embedded database has only one connection, which serves statements in their order.
 */
export const sharedConnections = (ctx: Context): ContextOfCall => {
  const { db, clock } = ctx
  const reading = readingOf(ctx)
  const forWriting = db.connections && sharesOf(clock, Math.ceil(db.connections / 2))
  const forReading = db.reads?.connections && sharesOf(clock, db.reads.connections)
  return ({ organizationId, reads, isDecision }) => {
    const whole = reads ? reading : ctx
    const shares = reads && db.reads ? forReading : forWriting
    if (!shares) return whole
    const key = organizationId ?? ''
    const waitMs = isDecision ? ctx.storeTimeoutMs / 4 : ctx.callTimeoutMs
    // The platform's own work is no neighbour's, but leaves the rest to decisions, too.
    const most = organizationId === undefined ? shares.places : Math.ceil(shares.places / 2)
    const inTurn = <T>(work: () => Promise<T>) => shares.turns.run(key, { most, waitMs }, work)
    return contextOver(whole, {
      query: (text, values) => inTurn(() => whole.db.query(text, values)),
      transaction: (work, opening) => inTurn(() => whole.db.transaction(work, opening)),
    })
  }
}

interface Shares {
  readonly places: number
  readonly turns: FairTurns
}

const sharesOf = (clock: Clock, places: number): Shares => ({
  places,
  turns: createFairTurns({ clock, places, mostWaiting: MOST_WAITING }),
})
