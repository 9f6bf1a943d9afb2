import { trimDeliveryTries, trimDomainEvents } from '../../storage/tables/domain-events.ts'
import { settleDueCredits } from '../../storage/tables/grants.ts'
import { trimJobRuns } from '../../storage/tables/job-runs.ts'
import { expireReservations } from '../../storage/tables/reservations.ts'
import { cleanupEvents } from '../../storage/tables/retention.ts'
import { trimAudit } from '../audit/trim-audit.ts'
import { sendTopUpsNow } from '../billing/send-top-ups.ts'
import type { Context } from '../context.ts'
import type { Partitions } from '../ledger/partitions.ts'
import type { StoreClock } from '../store-clock.ts'
import { applyAllDue } from '../subscriptions/due-changes.ts'
import { measuredJob } from '../telemetry/measured-job.ts'
import type { JobEntry } from './job-book.ts'

const ORGANIZATIONS_A_SWEEP = 200
const DAY_MS = 86_400_000
/** What each process does again and again. */
const UPKEEP = {
  expiry: {
    name: 'expire-holds',
    everyMs: 1_000,
    does: 'Ends holds and grants past their time, and makes the changes of subscriptions that are due.',
  },
  topUps: {
    name: 'send-top-ups',
    everyMs: 5_000,
    does: 'Asks the payment provider for automatic top-ups that are due.',
  },
  keyUses: {
    name: 'write-key-uses',
    everyMs: 10_000,
    does: 'Writes down when each API key was used last.',
  },
  time: {
    name: 'sync-clock',
    everyMs: 10_000,
    does: "Follows the database's clock, which all processes share.",
  },
  retention: {
    name: 'apply-retention',
    everyMs: DAY_MS,
    does: 'Removes events, ids, audit entries and deliveries past their retention, and makes partitions ahead.',
  },
} as const
const PARTITIONS_AHEAD_DAYS = 21
const JOB_RUNS_DAYS = 90
const TRIES_DAYS = 30

/** Applies retention once. Safe in several processes at a time. */
export const cleanup = async (ctx: Context, partitions: Partitions) => {
  const cleaned = await cleanupEvents(ctx.db, ctx.retention, ctx.clock.now())
  partitions.forget()
  await trimAudit(ctx, ctx.retention.auditDays)
  const { domainEventsDays } = ctx.retention
  const daysAgo = (days: number) => new Date(ctx.clock.now().getTime() - days * DAY_MS)
  await trimDomainEvents(ctx.db, daysAgo(domainEventsDays))
  await trimDeliveryTries(ctx.db, daysAgo(Math.min(domainEventsDays, TRIES_DAYS)))
  await trimJobRuns(ctx.db, daysAgo(JOB_RUNS_DAYS))
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
  const expiry = every(ctx, UPKEEP.expiry, async () => {
    await expireReservations(ctx.db, ctx.clock.now(), ORGANIZATIONS_A_SWEEP)
    await settleDueCredits(ctx.db, ctx.clock.now(), ORGANIZATIONS_A_SWEEP)
    await ctx.shared?.returnAllExpired()
    await applyAllDue(ctx)
  })
  const daily = every(ctx, UPKEEP.retention, async () => {
    await cleanup(ctx, partitions)
    await partitions.ensure(partitionsAhead(ctx.clock.now()))
  })
  const topUps = every(ctx, UPKEEP.topUps, () => sendTopUpsNow(ctx))
  const keyUses = every(ctx, UPKEEP.keyUses, () => ctx.keys.writeUses())
  const time = clock && every(ctx, UPKEEP.time, clock.sync)
  return async () => {
    await Promise.all([expiry(), daily(), topUps(), keyUses(), time?.()])
  }
}

/** Runs again and again, never twice at once; stopping waits for the run under way. */
const every = (
  ctx: Pick<Context, 'clock' | 'log' | 'jobs' | 'measures'>,
  {
    name,
    does,
    everyMs,
  }: { readonly name: string; readonly does: string; readonly everyMs: number },
  run: () => Promise<void>,
): (() => Promise<void>) => {
  const { clock, log, jobs } = ctx
  const schedule = everyMs === DAY_MS ? 'every day' : `every ${everyMs / 1_000} s`
  const entry: JobEntry = jobs.open({ name, does, schedule, isShared: false }, async () => {
    await entry.run(run)
    return {}
  })
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  let cancel = () => {}
  const again = () => {
    if (stopped) return
    entry.due(new Date(clock.now().getTime() + everyMs))
    cancel = clock.after(everyMs, () => {
      running = measuredJob(ctx, name, () => entry.run(run))
        .catch((error: unknown) =>
          log.warn({ error, job: name }, 'upkeep failed; trying again later'),
        )
        .then(again)
    })
  }
  again()
  return async () => {
    stopped = true
    cancel()
    await running
  }
}
