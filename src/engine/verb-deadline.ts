import { isRight } from '../core/rights.ts'
import type { Operation } from '../operations/operation.ts'
import type { Database } from '../storage/database.ts'

const CALL_TIMEOUT_MS = 10_000
/** The embedded database does one thing at a time, and a large batch takes a while. */
const EMBEDDED_TIMEOUT_MS = 30_000
/** What looks at every organization is done in steps, each of which has a time-out of its own. */
const PLATFORM_READ_MS = 60_000
const PLATFORM_WORK_MS = 900_000

/** How long a call waits for the store, where nobody says it. */
export const callTimeoutMs = (db: Pick<Database, 'kind'>, given: number | undefined): number =>
  given ?? (db.kind === 'pglite' ? EMBEDDED_TIMEOUT_MS : CALL_TIMEOUT_MS)

/** Each of their questions to the store has a time-out, by which its limits' policies go. */
const GUARDED: ReadonlySet<string> = new Set(['check', 'track', 'reserve'])

/**
 * How long an operation may take in the engine; undefined for those that keep to one by themselves.
 * A list as a file, or a stream, takes until it begins.
 */
export const deadlineOf = ({ name, right, repeat }: Operation, callMs: number) => {
  if (GUARDED.has(name)) return undefined
  // Stripe is asked for what its event is about, some times in a row.
  if (name === 'stripe.receive') return Math.max(callMs, PLATFORM_READ_MS)
  if (isRight(right) || (right !== 'admin' && right !== 'cron')) return callMs
  return Math.max(callMs, repeat === 'read' ? PLATFORM_READ_MS : PLATFORM_WORK_MS)
}
