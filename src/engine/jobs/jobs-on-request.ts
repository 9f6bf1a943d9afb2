import { verifyAudit } from '../audit/verify-audit.ts'
import { reconcile } from '../billing/reconcile.ts'
import type { Context } from '../context.ts'
import { aggregate } from '../ledger/aggregate.ts'
import { aggregatedOf, aggregateUsage } from '../ledger/aggregate-usage.ts'
import type { JobWork } from './job-book.ts'

/** The job that recomputes the chains of the audit log. */
export const VERIFY_AUDIT = 'verify-audit'

/** Of each kind of finding so many are kept with the run. */
const MOST_FOUND = 100

/** What an audit verification is asked for: these chains, or all. */
export interface VerificationAsked {
  readonly organizationIds: readonly (string | null)[] | null
}

/** Writes down the jobs that have no schedule, and are done when somebody asks for them. */
export const openJobsOnRequest = (ctx: Context): void => {
  const open = (name: string, does: string, work: JobWork): void => {
    ctx.jobs.open({ name, does, schedule: null, isShared: true }, work)
  }
  open(
    'aggregate-usage',
    'Compares the figures of the last days with the raw events, and sets right what differs.',
    () => aggregateUsage(ctx, { repair: true }),
  )
  open(
    'doctor',
    'Compares every figure with the raw events that are kept; changes nothing.',
    async () => aggregatedOf(await aggregate(ctx), false),
  )
  open(
    VERIFY_AUDIT,
    'Recomputes the chains of the audit log, and finds what was changed in them.',
    ({ asked, progress, signal }) =>
      verified(ctx, asked as VerificationAsked | null, progress, signal),
  )
  if (ctx.billing.collector) {
    open(
      'reconcile-stripe',
      'Compares what was charged with what Stripe has; changes nothing.',
      () => reconcile(ctx, {}),
    )
  }
}

const verified = async (
  ctx: Context,
  asked: VerificationAsked | null,
  progress: (how: { entries: number; total: number }) => void,
  signal: AbortSignal,
): Promise<object> => {
  await ctx.auditQueue.flush()
  const { faults, missingGuards, changedGuards, ...sums } = await verifyAudit(ctx, {
    ...(asked?.organizationIds && { organizationIds: asked.organizationIds }),
    onProgress: (entries, total) => progress({ entries, total }),
    signal,
  })
  const isWhole = faults.length + missingGuards.length + changedGuards.length === 0
  return {
    ...{ whole: isWhole, chains: sums.chains, entries: sums.entries, faultsInAll: faults.length },
    faults: faults.slice(0, MOST_FOUND).map((fault) => ({
      ...fault,
      organizationId: fault.organizationId === '' ? null : fault.organizationId,
    })),
    missingGuards: missingGuards.slice(0, MOST_FOUND),
    changedGuards: changedGuards.slice(0, MOST_FOUND),
  }
}
