import type { PostOutcome } from '../../connectors/outbound/guarded-post.ts'
import { nextTryAt } from '../../core/delivery-schedule.ts'
import type { Queryable } from '../../storage/database.ts'
import { skipWaiting } from '../../storage/tables/deliveries.ts'
import {
  type ClaimedEndpoint,
  type DueDelivery,
  disableEndpoint,
  isStillLeased,
  type TryWritten,
  writeFailure,
} from '../../storage/tables/dispatch.ts'
import { lockOrganizations } from '../../storage/tables/organizations.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { ownerOf } from '../events/event-value.ts'
import { told } from '../events/told.ts'
import type { DeliveryBatches } from './delivery-batches.ts'
import { hopelessness } from './hopelessness.ts'

const GONE = 410
const ACTOR = 'dispatcher'

/** A try with its time. */
export interface Tried {
  readonly endpoint: ClaimedEndpoint
  readonly delivery: DueDelivery
  readonly outcome: PostOutcome
  readonly triedAt: Date
  readonly tookMs: number
}

/**
 * Stores the outcome of a try, in one transaction with its consequences: the next try, or disabling
 * the endpoint with one event.
 *
 * If another process has taken the lease meanwhile, nothing is stored. That process tries again
 * with the same id. Returns true if more may be sent.
 */
export const writeTry = async (
  ctx: Pick<Context, 'db' | 'clock'>,
  { succeeded }: Pick<DeliveryBatches, 'succeeded'>,
  lease: string,
  tried: Tried,
): Promise<boolean> => {
  const { endpoint, outcome } = tried
  const organizationId = ownerOf(endpoint.organization_id)
  const at = ctx.clock.now()
  const row = rowOf(tried, at)
  if (row.error === null) return (await succeeded({ lease, tried: row }))?.state === 'on'
  return ctx.db.transaction(async (tx) => {
    // This lock is required before an audit entry and an event in one transaction: see tell_events.
    if (organizationId !== null) await lockOrganizations(tx, [organizationId])
    if (!(await isStillLeased(tx, endpoint.id, lease))) return false
    const after = await writeFailure(tx, row)
    if (after.state !== 'on') return false
    const reason =
      outcome.status === GONE
        ? 'it answered 410 Gone'
        : await hopelessness(tx, endpoint.id, after.failing_since, at)
    if (reason !== undefined) await giveUp(tx, ctx, endpoint, reason)
    return reason === undefined
  })
}

const giveUp = async (
  tx: Queryable,
  ctx: Pick<Context, 'clock'>,
  { id, organization_id, target }: ClaimedEndpoint,
  reason: string,
): Promise<void> => {
  if (!(await disableEndpoint(tx, id, reason, ctx.clock.now()))) return
  await skipWaiting(tx, id, 'the endpoint was disabled')
  await appendAudit(tx, ctx, {
    organizationId: ownerOf(organization_id),
    category: 'webhooks',
    action: 'webhook.disabled',
    actor: ACTOR,
    subject: `webhook:${id}`,
    new: { url: target, reason },
    told: [told('webhook.disabled', { endpointId: id, target, reason })],
  })
}

const rowOf = ({ endpoint, delivery, outcome, triedAt, tookMs }: Tried, at: Date): TryWritten => {
  const error = errorOf(outcome)
  const next =
    error === null || outcome.status === GONE
      ? undefined
      : nextTryAt(delivery.round_attempts + 1, at, {
          spread: spreadOf(delivery.delivery_id),
          retryAfterMs: outcome.retryAfterMs,
        })
  return {
    endpointId: endpoint.id,
    deliveryId: delivery.delivery_id,
    attempt: delivery.attempts + 1,
    triedAt,
    tookMs,
    error,
    at,
    status: outcome.status,
    answer: outcome.answer,
    state: error === null ? 'done' : next ? 'waiting' : 'failed',
    nextAttemptAt: next ?? null,
  }
}

/** Only 2xx is a success. Redirects are not followed. */
const errorOf = ({ status, error }: PostOutcome): string | null => {
  if (status === null) return error ?? 'no answer'
  return status >= 200 && status < 300 ? null : `it answered ${status}`
}

/** The jitter of a delivery, from 0 to 1. It depends on the id only. */
export const spreadOf = (id: string): number => Number.parseInt(id.slice(-4), 16) / 0xffff
