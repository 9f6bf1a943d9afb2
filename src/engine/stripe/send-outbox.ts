import type { BillingRunOptions } from '../../contract/billing.ts'
import type { ChargeOutcome } from '../../contract/collector.ts'
import { grouped } from '../../core/grouped.ts'
import {
  claimOutbox,
  finishOutbox,
  type OutboxRow,
  type PostponedAct,
  postponeOutbox,
} from '../../storage/tables/outbox.ts'
import { inParallel } from '../billing/in-parallel.ts'
import type { Context } from '../context.ts'
import { type RunReport, reasonOf } from '../rating/run-report.ts'

const ORGANIZATIONS_AT_ONCE = 100
/** Organizations whose entries are sent at once: below Stripe's rate limit. */
const LANES = 4
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 3_600_000
/** How long no other process tries entries that this one has claimed. */
const LEASE_MS = 600_000
/** Reserved for storing the results. */
const LEASE_MARGIN_MS = 60_000

/** Outbox entries of one kind, and how to send those of one organization. */
export interface Errand {
  readonly kind: string
  /** Returns the result of each entry, in order. Nothing is under way after `withinMs`. */
  send(rows: readonly OutboxRow[], withinMs: number): Promise<readonly ChargeOutcome[]>
  /** Called with an organization's finished entries, once they are stored as done. */
  done?(organizationId: string, rows: readonly OutboxRow[]): void
}

interface Sent {
  readonly row: OutboxRow
  readonly outcome: ChargeOutcome
}

/**
 * Sends everything that is due of a kind, a page of organizations at a time. Each entry is on lease
 * while it is tried. A failed entry waits, longer each time, and is reported.
 *
 * The results of a page are stored together. If the process dies before that, the next one looks up
 * what was done.
 */
export const sendOutbox = async (
  ctx: Context,
  errand: Errand,
  report: RunReport,
  options: BillingRunOptions,
): Promise<void> => {
  let after = ''
  for (;;) {
    const at = ctx.clock.now()
    const lease = ctx.ids()
    const until = new Date(at.getTime() + LEASE_MS)
    const which = { kind: errand.kind, organizations: ORGANIZATIONS_AT_ONCE, after }
    const rows = await claimOutbox(ctx.db, { ...which, lease, at, until })
    const last = rows.at(-1)
    if (!last) return
    const sent: Sent[] = []
    const byOrganization = grouped(rows, ({ organization_id }) => organization_id)
    await inParallel(byOrganization, LANES, async ([organizationId, own]) => {
      try {
        // A request that outlives the lease could be tried by another process at the same time.
        const withinMs = until.getTime() - LEASE_MARGIN_MS - ctx.clock.now().getTime()
        const outcomes = await errand.send(own, withinMs)
        own.forEach((row, index) => {
          sent.push({ row, outcome: outcomes[index] ?? { kind: 'unknown', reason: 'no answer' } })
        })
      } catch (error) {
        failedOf(ctx, report, organizationId, error)
      }
    })
    await writeDown(ctx, errand, report, lease, sent)
    options.onProgress?.(report.progress())
    after = last.organization_id
  }
}

const writeDown = async (
  ctx: Context,
  errand: Errand,
  report: RunReport,
  lease: string,
  sent: readonly Sent[],
): Promise<void> => {
  const at = ctx.clock.now()
  const done = sent.flatMap(({ row, outcome }) =>
    outcome.kind === 'made' ? [{ id: row.id, externalId: outcome.externalId, row }] : [],
  )
  const failed = sent.flatMap(({ row, outcome }) =>
    outcome.kind === 'made' ? [] : [postponed(row, outcome, at)],
  )
  try {
    await finishOutbox(ctx.db, done, at)
    await postponeOutbox(ctx.db, lease, failed)
  } catch (error) {
    for (const { row } of sent) failedOf(ctx, report, row.organization_id, error)
    return
  }
  for (const { row, outcome } of sent) {
    if (outcome.kind !== 'made') report.failed(row.organization_id, outcome.reason)
  }
  const doneOf = grouped(
    done.map(({ row }) => row),
    ({ organization_id }) => organization_id,
  )
  for (const [organizationId, rows] of doneOf) errand.done?.(organizationId, rows)
}

/** The entries stay on lease. The process that claims them afterwards looks up what was done. */
const failedOf = (
  ctx: Context,
  report: RunReport,
  organizationId: string,
  error: unknown,
): void => {
  ctx.log.error({ organizationId, error }, 'what is due at Stripe could not be sent')
  report.failed(organizationId, reasonOf(error))
}

const postponed = (
  row: OutboxRow,
  outcome: Exclude<ChargeOutcome, { kind: 'made' }>,
  at: Date,
): PostponedAct => {
  const doubled = FIRST_WAIT_MS * 2 ** Math.min(row.attempts - 1, 10)
  const waitMs = Math.max(Math.min(doubled, LONGEST_WAIT_MS), outcome.retryAfterMs ?? 0)
  return {
    id: row.id,
    nextAttemptAt: new Date(at.getTime() + waitMs),
    isRefused: outcome.kind === 'refused',
    reason: outcome.reason,
  }
}

/** The results of entries whose organization has no customer at Stripe; undefined if it has one. */
export const withoutCustomerAtStripe = (
  rows: readonly OutboxRow[],
): readonly ChargeOutcome[] | undefined => {
  const [first] = rows
  if (!first || (first.customer_id !== null && first.customer_deleted_at === null)) return undefined
  const reason =
    first.customer_id === null
      ? 'no customer at Stripe is set'
      : `the customer ${first.customer_id} was deleted at Stripe`
  return rows.map(() => ({ kind: 'unknown', reason }))
}
