import type { CurrentUsage } from '../../contract/tenancy.ts'
import { Cache } from '../cache.ts'
import type { Context } from '../context.ts'
import { current } from './current.ts'

/** The headers beside an answer may be as old as this, so they cost one look a second. */
const FRESH_MS = 1_000
const MAX_ORGANIZATIONS = 10_000

/** How the limits of organizations stand, to be told beside answers that are about something else. */
export const announcedLimits = (
  ctx: Context,
): ((organizationId: string) => Promise<CurrentUsage['limits']>) => {
  const cache = new Cache<CurrentUsage['limits']>({
    clock: ctx.clock,
    maxEntries: MAX_ORGANIZATIONS,
    read: async (organizationId) => (await current(ctx, { organizationId })).limits,
    staleAtMs: (_limits, readAtMs) => readAtMs + FRESH_MS,
    unknownMs: 0,
  })
  // The answer is complete without it, so it is no reason to fail.
  return async (organizationId) => (await cache.get(organizationId).catch(() => undefined)) ?? []
}
