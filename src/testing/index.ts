/**
 * Testing tools: an engine on an in-memory database, and a clock that you turn by hand.
 * @module
 */
import type { TollgateEngine } from '../contract/tollgate.ts'
import { createTollgate } from '../engine/create-tollgate.ts'
import type { TollgateOptions } from '../engine/options.ts'
import { type TestClock, testClock } from './test-clock.ts'

export type { TollgateEngine } from '../contract/tollgate.ts'
export type { Clock } from '../engine/clock.ts'
export type { TollgateOptions } from '../engine/options.ts'
export { type TestClock, testClock } from './test-clock.ts'

/**
 * Creates an empty engine and its clock.
 *
 * @example
 * ```ts
 * const { tollgate, clock } = await createTestTollgate({ at: '2026-01-31T09:00:00Z' })
 * await clock.advance(60_000)
 * await tollgate.close()
 * ```
 */
export const createTestTollgate = async (
  options: Omit<TollgateOptions, 'clock'> & { at?: string | Date } = {},
): Promise<{ tollgate: TollgateEngine; clock: TestClock }> => {
  const { at, ...rest } = options
  const clock = testClock(at ?? '2026-01-15T12:00:00Z')
  const tollgate = await createTollgate({ database: 'memory', ...rest, clock })
  return { tollgate, clock }
}
