import { cleanupEvents } from '../../storage/events/retention.ts'
import { expireReservations } from '../../storage/gate/reservations.ts'
import { trimAlerts } from '../../storage/tables/alert-firings.ts'
import { trimDeliveryTries, trimDomainEvents } from '../../storage/tables/domain-events.ts'
import { settleDueCredits } from '../../storage/tables/grants.ts'
import { trimJobRuns } from '../../storage/tables/job-runs.ts'
import { trimRuns } from '../../storage/tables/workflow-runs.ts'
import { evaluateAlerts } from '../alerts/evaluate-alerts.ts'
import { trimAudit } from '../audit-log/trim-audit.ts'
import type { Context } from '../context.ts'
import type { Partitions } from '../ledger/partitions.ts'
import type { StoreClock } from '../store-clock.ts'
import { sendTopUpsNow } from '../stripe/send-top-ups.ts'
import { applyAllDue } from '../tenancy/due-changes.ts'
import { every } from './every.ts'
import { PROCESS_JOBS } from './job-table.ts'
import { startTakingOver } from './take-over.ts'

const ORGANIZATIONS_A_SWEEP = 200
const HOLDS_A_BATCH = 500
const BATCHES_A_SWEEP = 40
const DAY_MS = 86_400_000
const PARTITIONS_AHEAD_DAYS = 21
const JOB_RUNS_DAYS = 90
const ALERTS_DAYS = 90
const TRIES_DAYS = 30

/** Applies retention once. Safe in several processes at the same time. */
export const cleanup = async (ctx: Context, partitions: Partitions) => {
  const cleaned = await cleanupEvents(ctx.db, ctx.retention, ctx.clock.now())
  partitions.forget()
  await trimAudit(ctx, ctx.retention.auditDays)
  const { domainEventsDays } = ctx.retention
  const daysAgo = (days: number) => new Date(ctx.clock.now().getTime() - days * DAY_MS)
  await trimDomainEvents(ctx.db, daysAgo(domainEventsDays))
  await trimDeliveryTries(ctx.db, daysAgo(Math.min(domainEventsDays, TRIES_DAYS)))
  await trimAlerts(ctx.db, daysAgo(ALERTS_DAYS))
  await trimJobRuns(ctx.db, daysAgo(JOB_RUNS_DAYS))
  await trimRuns(ctx.db, daysAgo(ctx.retention.auditDays))
  return cleaned
}

/** The weekly partitions from now to three weeks ahead, so that no call has to create one. */
export const partitionsAhead = (now: Date): Date[] =>
  Array.from({ length: PARTITIONS_AHEAD_DAYS / 7 + 1 }, (_, week) => {
    return new Date(now.getTime() + week * 7 * DAY_MS)
  })

/**
 * In several transactions, so that an organization with many holds is locked only briefly. The next
 * sweep takes what is left.
 */
const expireHolds = async (ctx: Context): Promise<void> => {
  const at = ctx.clock.now()
  for (let batch = 0; batch < BATCHES_A_SWEEP; batch++) {
    if ((await expireReservations(ctx.db, at, HOLDS_A_BATCH)) < HOLDS_A_BATCH) return
  }
}

/** Starts the work that each process repeats, besides the scheduled jobs. */
export const startUpkeep = (ctx: Context, clock: StoreClock | undefined): (() => Promise<void>) => {
  const expiry = every(ctx, PROCESS_JOBS.expiry, async () => {
    await expireHolds(ctx)
    await settleDueCredits(ctx.db, ctx.clock.now(), ORGANIZATIONS_A_SWEEP)
    await ctx.shared?.returnAllExpired()
    await applyAllDue(ctx)
  })
  const topUps = every(ctx, PROCESS_JOBS.topUps, () => sendTopUpsNow(ctx))
  const alerts = every(ctx, PROCESS_JOBS.alerts, () => evaluateAlerts(ctx))
  const takingOver = startTakingOver(ctx)
  const keyUses = every(ctx, PROCESS_JOBS.keyUses, () => ctx.keys.writeUses())
  const time = clock && every(ctx, PROCESS_JOBS.time, clock.sync)
  return async () => {
    await Promise.all([expiry(), topUps(), alerts(), takingOver(), keyUses(), time?.()])
  }
}
