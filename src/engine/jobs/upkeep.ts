import { settleDueCredits } from '../../storage/tables/grants.ts'
import { trimJobRuns } from '../../storage/tables/job-runs.ts'
import { expireReservations } from '../../storage/tables/reservations.ts'
import { cleanupEvents } from '../../storage/tables/retention.ts'
import { trimAudit } from '../audit/trim-audit.ts'
import { sendTopUpsNow } from '../billing/send-top-ups.ts'
import type { Clock } from '../clock.ts'
import type { Context } from '../context.ts'
import type { Partitions } from '../ledger/partitions.ts'
import type { StoreClock } from '../store-clock.ts'
import { applyAllDue } from '../subscriptions/due-changes.ts'

const EXPIRY_EVERY_MS = 1_000
const KEY_USES_EVERY_MS = 10_000
const TOP_UPS_EVERY_MS = 5_000
const SYNC_EVERY_MS = 10_000
const ORGANIZATIONS_A_SWEEP = 200
const DAY_MS = 86_400_000
const PARTITIONS_AHEAD_DAYS = 21
const JOB_RUNS_DAYS = 90

/** Applies retention once. Safe in several processes at a time. */
export const cleanup = async (ctx: Context, partitions: Partitions) => {
  const cleaned = await cleanupEvents(ctx.db, ctx.retention, ctx.clock.now())
  partitions.forget()
  await trimAudit(ctx, ctx.retention.auditDays)
  await trimJobRuns(ctx.db, new Date(ctx.clock.now().getTime() - JOB_RUNS_DAYS * DAY_MS))
  return cleaned
}

/** The weekly partitions from now to three weeks ahead, so that no call has to make one. */
export const partitionsAhead = (now: Date): Date[] =>
  Array.from({ length: PARTITIONS_AHEAD_DAYS / 7 + 1 }, (_, week) => {
    return new Date(now.getTime() + week * 7 * DAY_MS)
  })

/** What must be done regularly: end holds past their time, make what is due, make partitions, apply retention. */
export const startUpkeep = (
  ctx: Context,
  partitions: Partitions,
  clock: StoreClock | undefined,
): (() => Promise<void>) => {
  const expiry = every(ctx.clock, EXPIRY_EVERY_MS, ctx.log, async () => {
    await expireReservations(ctx.db, ctx.clock.now(), ORGANIZATIONS_A_SWEEP)
    await settleDueCredits(ctx.db, ctx.clock.now(), ORGANIZATIONS_A_SWEEP)
    await ctx.shared?.returnAllExpired()
    await applyAllDue(ctx)
  })
  const daily = every(ctx.clock, DAY_MS, ctx.log, async () => {
    await cleanup(ctx, partitions)
    await partitions.ensure(partitionsAhead(ctx.clock.now()))
  })
  const topUps = every(ctx.clock, TOP_UPS_EVERY_MS, ctx.log, () => sendTopUpsNow(ctx))
  const keyUses = every(ctx.clock, KEY_USES_EVERY_MS, ctx.log, () => ctx.keys.writeUses())
  const time = clock && every(ctx.clock, SYNC_EVERY_MS, ctx.log, clock.sync)
  return async () => {
    await Promise.all([expiry(), daily(), topUps(), keyUses(), time?.()])
  }
}

/** Runs again and again, never twice at once; stopping waits for the run under way. */
const every = (
  clock: Clock,
  intervalMs: number,
  log: Context['log'],
  run: () => Promise<void>,
): (() => Promise<void>) => {
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  let cancel = () => {}
  const schedule = () => {
    if (stopped) return
    cancel = clock.after(intervalMs, () => {
      running = run()
        .catch((error: unknown) => log.warn({ error }, 'upkeep failed; trying again later'))
        .then(schedule)
    })
  }
  schedule()
  return async () => {
    stopped = true
    cancel()
    await running
  }
}
