import { verifyAudit } from '../audit-log/verify-audit.ts'
import type { Context } from '../context.ts'
import { aggregate } from '../ledger/aggregate.ts'
import { aggregatedOf, aggregateUsage } from '../ledger/aggregate-usage.ts'
import type { Partitions } from '../ledger/partitions.ts'
import { reconcile } from '../stripe/reconcile.ts'
import type { JobWork } from './job-book.ts'
import type { SharedJobName } from './job-table.ts'
import { processOverage } from './process-overage.ts'
import { cleanup, partitionsAhead } from './upkeep.ts'

/** The job that recomputes the chains of the audit log. */
export const VERIFY_AUDIT: SharedJobName = 'verify-audit'

const ACTOR = 'schedule'

/** The most findings of each kind that are stored with the run. */
const MOST_FOUND = 100

/** The input of an audit verification: these chains, or all. */
export interface VerificationAsked {
  readonly organizationIds: readonly (string | null)[] | null
}

/** The work of each shared job; undefined if this process cannot do it. */
export const sharedWorks = (
  ctx: Context,
  partitions: Partitions,
): Readonly<Record<SharedJobName, JobWork | undefined>> => ({
  'process-overage': () => processed(ctx),
  'apply-retention': async () => {
    const { droppedPartitions, forgottenIds } = await cleanup(ctx, partitions)
    await partitions.ensure(partitionsAhead(ctx.clock.now()))
    return { droppedPartitions, forgottenIds: Number(forgottenIds) }
  },
  'aggregate-usage': () => aggregateUsage(ctx, { repair: true }),
  doctor: async () => aggregatedOf(await aggregate(ctx), false),
  'verify-audit': ({ asked, progress, signal }) =>
    verified(ctx, asked as VerificationAsked | null, progress, signal),
  'reconcile-stripe': ctx.billing.collector && (() => reconcile(ctx, {})),
})

const processed = async (ctx: Context): Promise<object> => {
  const { organizations, ...counts } = await processOverage(ctx, {}, { actor: ACTOR })
  // Only failed organizations are stored, up to a limit. The log has them all, and there may be
  // thousands of billed ones.
  const failed = organizations.filter(({ status }) => status === 'failed').slice(0, MOST_FOUND)
  return { ...counts, organizations: failed }
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
    whole: isWhole,
    chains: sums.chains,
    entries: sums.entries,
    faultsInAll: faults.length,
    faults: faults.slice(0, MOST_FOUND).map((fault) => ({
      ...fault,
      organizationId: fault.organizationId === '' ? null : fault.organizationId,
    })),
    missingGuards: missingGuards.slice(0, MOST_FOUND),
    changedGuards: changedGuards.slice(0, MOST_FOUND),
  }
}
