import type { CurrentUsage } from '../../contract/tenancy.ts'
import { Cache } from '../cache.ts'
import type { Context } from '../context.ts'
import { current } from './current.ts'

/** The most age of the limits in response headers, so that they cost one read a second. */
const FRESH_MS = 1_000
const MAX_ORGANIZATIONS = 10_000

/** The current limits of organizations, for the headers of unrelated answers. */
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
  // The answer is complete without these headers, so an error is ignored.
  return async (organizationId) => (await cache.get(organizationId).catch(() => undefined)) ?? []
}
