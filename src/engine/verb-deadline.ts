import { isRight } from '../core/rights.ts'
import type { Operation } from '../operations/operation.ts'
import type { Database } from '../storage/database.ts'

const CALL_TIMEOUT_MS = 10_000
/** The embedded database runs one statement at a time, and a large batch takes long. */
const EMBEDDED_TIMEOUT_MS = 30_000
/** Operations over every organization run in steps, each with a time limit of its own. */
const PLATFORM_READ_MS = 60_000
const PLATFORM_WORK_MS = 900_000

/** How long a call waits for the store by default. */
export const callTimeoutMs = (db: Pick<Database, 'kind'>, given: number | undefined): number =>
  given ?? (db.kind === 'pglite' ? EMBEDDED_TIMEOUT_MS : CALL_TIMEOUT_MS)

/**
 * Each of their queries has a time limit of its own, after which the limits' failure policies
 * apply.
 */
const GUARDED: ReadonlySet<string> = new Set(['check', 'track', 'reserve'])

/**
 * The time limit of an operation in the engine; undefined for those that have limits of their own.
 * For a file or a stream, it covers the time until the first output.
 */
export const deadlineOf = ({ name, right, repeat }: Operation, callMs: number) => {
  if (GUARDED.has(name)) return undefined
  // An event may need several requests to Stripe, one after the other.
  if (name === 'stripe.receive') return Math.max(callMs, PLATFORM_READ_MS)
  if (isRight(right) || (right !== 'admin' && right !== 'cron')) return callMs
  return Math.max(callMs, repeat === 'read' ? PLATFORM_READ_MS : PLATFORM_WORK_MS)
}
