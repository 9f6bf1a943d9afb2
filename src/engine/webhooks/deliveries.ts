import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, type Page, pageFrom } from '../../contract/page.ts'
import { isUuid } from '../../contract/text.ts'
import {
  type DeliveriesResent,
  type Delivery,
  type DeliveryDetail,
  type deliveryFilterSchema,
  type deliveryResendSchema,
  MOST_RESENT,
} from '../../contract/webhooks.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type DeliveryRow,
  deliveryPage,
  findDelivery,
  type Resent,
  resendDeliveries,
  triesOf,
} from '../../storage/tables/deliveries.ts'
import { PLATFORM, tellEndpoint } from '../../storage/tables/domain-events.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { ownerOf, sentEventOf } from '../events/event-value.ts'
import { told } from '../events/told.ts'
import {
  chainOwner,
  cursorOf,
  lockedWebhook,
  type OwnedEndpoint,
  ownerId,
  placeOf,
  readAs,
  webhookRow,
} from './owned-endpoint.ts'

const MOST_TRIES_SHOWN = 50

/** The latest first. */
export const listDeliveries = async (
  ctx: Context,
  {
    cursor,
    state,
    limit = DEFAULT_PAGE_SIZE,
    ...named
  }: OwnedEndpoint & z.output<typeof deliveryFilterSchema>,
): Promise<Page<Delivery>> => {
  const before = placeOf(cursor)
  const rows = await readAs(ctx, named, async (tx) => {
    const { id } = await webhookRow(tx, named)
    return deliveryPage(tx, id, { before, state, limit: limit + 1 })
  })
  return pageFrom(rows, limit, deliveryOf, cursorOf)
}

/** One, with what is sent and its tries. */
export const getDelivery = async (
  ctx: Context,
  { deliveryId, ...named }: OwnedEndpoint & { readonly deliveryId: string },
): Promise<DeliveryDetail> =>
  readAs(ctx, named, async (tx) => {
    const { delivery, event } = await deliveryNamed(tx, named, deliveryId)
    const tries = await triesOf(tx, delivery.id, MOST_TRIES_SHOWN)
    return {
      ...deliveryOf(delivery),
      payload: sentEventOf(event),
      tries: tries.map(({ tried_at, took_ms, ...row }) => ({
        ...row,
        triedAt: tried_at.toISOString(),
        tookMs: took_ms,
      })),
    }
  })

/** Sends again one, or those of a range by time, whether they came through or not. */
export const resend = async (
  ctx: Context,
  { deliveryId, from, to, state, ...named }: OwnedEndpoint & z.output<typeof deliveryResendSchema>,
  options: CallOptions = {},
): Promise<DeliveriesResent> =>
  ctx.db.transaction(async (tx) => {
    const row = await lockedWebhook(tx, named)
    requireOn(row)
    const which: Resent =
      deliveryId === undefined
        ? {
            from: new Date(from ?? 0),
            to: new Date(to ?? 0),
            states: state === undefined ? ['failed', 'skipped'] : [state],
          }
        : { id: (await deliveryNamed(tx, named, deliveryId)).delivery.id }
    const page = { limit: MOST_RESENT, at: ctx.clock.now() }
    const resent = await resendDeliveries(tx, row.id, which, page)
    if (resent > 0) {
      await appendAudit(tx, ctx, {
        organizationId: chainOwner(named),
        category: 'webhooks',
        action: 'deliveries.resent',
        ...actorOf(options),
        subject: `webhook:${row.id}`,
        new: { resent, ...(deliveryId === undefined ? { from, to, state } : { deliveryId }) },
      })
    }
    return { resent, more: resent === MOST_RESENT }
  })

/** Sends it an event of its own, whatever it is told of otherwise. */
export const testWebhook = async (
  ctx: Context,
  named: OwnedEndpoint,
  options: CallOptions = {},
): Promise<Delivery> =>
  ctx.db.transaction(async (tx) => {
    const row = await lockedWebhook(tx, named)
    requireOn(row)
    await appendAudit(tx, ctx, {
      organizationId: chainOwner(named),
      category: 'webhooks',
      action: 'webhook.tested',
      ...actorOf(options),
      subject: `webhook:${row.id}`,
    })
    const event = {
      ...told('webhook.test', { endpointId: row.id }),
      organizationId: chainOwner(named),
      subject: `webhook:${row.id}`,
      occurredAt: ctx.clock.now(),
    }
    const id = await tellEndpoint(tx, event, row.id)
    return deliveryOf((await deliveryNamed(tx, named, id)).delivery)
  })

const requireOn = ({ state }: EndpointRow): void => {
  if (state === 'on') return
  const message = `is ${state}: turn it on first`
  throw new TollgateError('unprocessable', {
    detail: `endpointId: ${message}`,
    faults: [{ field: 'endpointId', message }],
  })
}

const deliveryNamed = async (tx: Queryable, named: OwnedEndpoint, id: string) => {
  const { id: endpointId } = await webhookRow(tx, named)
  const found = isUuid(id) ? await findDelivery(tx, endpointId, id) : undefined
  // The platform's endpoints are told of all; an organization's own of its own.
  const isOwn = ownerId(named) === PLATFORM || found?.event.organization_id === named.organizationId
  if (!found || !isOwn) {
    throw new TollgateError('not_found', { detail: 'there is no such delivery' })
  }
  return found
}

export const deliveryOf = (row: DeliveryRow): Delivery => ({
  id: row.id,
  endpointId: row.endpoint_id,
  eventId: row.event_id,
  kind: row.kind,
  eventOrganizationId: ownerOf(row.event_organization_id),
  state: row.state,
  reason: row.reason,
  attempts: row.attempts,
  nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
  doneAt: row.done_at?.toISOString() ?? null,
})
