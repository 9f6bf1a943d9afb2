import { chainsToTrim, trimChain } from '../../storage/tables/audit-chains.ts'
import type { Context } from '../context.ts'

const CHAINS_A_PAGE = 200
const ENTRIES_A_TRANSACTION = 20_000
const DAY_MS = 86_400_000

/** Retention: removes the oldest entries of each chain, in transactions of limited size. */
export const trimAudit = async (
  ctx: Pick<Context, 'db' | 'clock'>,
  keepDays: number,
): Promise<number> => {
  const at = ctx.clock.now()
  const before = new Date(at.getTime() - keepDays * DAY_MS)
  let trimmed = 0
  for (;;) {
    const chains = await chainsToTrim(ctx.db, before, CHAINS_A_PAGE)
    let taken = 0
    for (const chain of chains) {
      taken += await trimChain(ctx.db, chain, { before, most: ENTRIES_A_TRANSACTION, at, keepDays })
    }
    trimmed += taken
    // If nothing was removed although something could be, another process is doing it.
    if (taken === 0) return trimmed
  }
}
