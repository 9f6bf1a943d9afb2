import type { BillingRunOptions } from '../../contract/billing.ts'
import type { Charge, ChargeOutcome, Collector } from '../../contract/collector.ts'
import { grouped } from '../../core/grouped.ts'
import {
  claimOutbox,
  finishOutbox,
  type OutboxRow,
  postponeOutbox,
} from '../../storage/tables/outbox.ts'
import type { Context } from '../context.ts'
import { CHARGE_KIND, type ChargePayload } from './charges-of-invoice.ts'
import { inParallel } from './in-parallel.ts'
import { type RunReport, reasonOf } from './run-report.ts'

const ORGANIZATIONS_AT_ONCE = 20
/** Organizations whose charges are under way at once: below what Stripe lets through a second. */
const LANES = 4
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 3_600_000
/** How long no other process tries what this one has taken. */
const LEASE_MS = 600_000
/** Kept for writing down what became of it. */
const LEASE_MARGIN_MS = 60_000

/**
 * Has everything collected that is due, some organizations at a time. Each row is on lease here
 * while it is tried; what fails waits, longer each time, and is told to the report.
 */
export const sendCharges = async (
  ctx: Context,
  collector: Collector,
  report: RunReport,
  options: BillingRunOptions,
): Promise<void> => {
  let after = ''
  for (;;) {
    const at = ctx.clock.now()
    const lease = ctx.ids()
    const until = new Date(at.getTime() + LEASE_MS)
    const which = { kind: CHARGE_KIND, organizations: ORGANIZATIONS_AT_ONCE, after }
    const rows = await claimOutbox(ctx.db, { ...which, lease, at, until })
    const last = rows.at(-1)
    if (!last) return
    const batch = { ctx, collector, report, lease, until }
    const byOrganization = grouped(rows, ({ organization_id }) => organization_id)
    await inParallel(byOrganization, LANES, ([id, own]) => sendOf(batch, id, own))
    options.onProgress?.(report.progress())
    after = last.organization_id
  }
}

interface Batch {
  readonly ctx: Context
  readonly collector: Collector
  readonly report: RunReport
  readonly lease: string
  readonly until: Date
}

const sendOf = async (
  batch: Batch,
  organizationId: string,
  rows: readonly OutboxRow[],
): Promise<void> => {
  const { report } = batch
  try {
    const outcomes = await outcomesOf(batch, rows)
    let made = 0n
    for (const [index, row] of rows.entries()) {
      const outcome = outcomes[index] ?? { kind: 'unknown', reason: 'no answer' }
      await writeDown(batch, row, outcome)
      if (outcome.kind === 'made') made += BigInt(payloadOf(row).minorUnits)
      else report.failed(organizationId, outcome.reason)
    }
    const { currency } = payloadOf(rows[0] as OutboxRow)
    if (made > 0n) report.billed(organizationId, made, currency)
  } catch (error) {
    // The rows stay on lease; who finds them when it is over looks up what was made of them.
    batch.ctx.log.error({ organizationId, error }, 'charges could not be sent')
    report.failed(organizationId, reasonOf(error))
  }
}

const outcomesOf = async (
  { ctx, collector, until }: Batch,
  rows: readonly OutboxRow[],
): Promise<readonly ChargeOutcome[]> => {
  const customerId = rows[0]?.customer_id ?? undefined
  if (customerId === undefined) {
    return rows.map(() => ({ kind: 'unknown', reason: 'no customer at Stripe is set' }))
  }
  // What is under way past the lease could be tried by another process at the same time.
  const withinMs = until.getTime() - LEASE_MARGIN_MS - ctx.clock.now().getTime()
  return collector.charge(customerId, rows.map(chargeOf), withinMs)
}

const payloadOf = (row: OutboxRow): ChargePayload => row.payload as ChargePayload

const chargeOf = (row: OutboxRow): Charge => {
  const payload = payloadOf(row)
  return {
    key: row.key,
    refusals: row.refusals,
    organizationId: row.organization_id,
    invoiceId: payload.invoiceId,
    minorUnits: BigInt(payload.minorUnits),
    currency: payload.currency,
    description: payload.description,
    periodStart: new Date(payload.periodStart),
    periodEnd: new Date(payload.periodEnd),
    createdAt: row.created_at,
  }
}

const writeDown = async (
  { ctx, lease }: Batch,
  row: OutboxRow,
  outcome: ChargeOutcome,
): Promise<void> => {
  const { id } = row
  const at = ctx.clock.now()
  if (outcome.kind === 'made') {
    return finishOutbox(ctx.db, { id, externalId: outcome.externalId, at })
  }
  const doubled = FIRST_WAIT_MS * 2 ** Math.min(row.attempts - 1, 10)
  const waitMs = Math.max(Math.min(doubled, LONGEST_WAIT_MS), outcome.retryAfterMs ?? 0)
  const nextAttemptAt = new Date(at.getTime() + waitMs)
  const isRefused = outcome.kind === 'refused'
  await postponeOutbox(ctx.db, { id, lease, nextAttemptAt, isRefused, reason: outcome.reason })
}
