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
  deliveryPage,
  findDelivery,
  type Resent,
  resendDeliveries,
  triesOf,
} from '../../storage/tables/deliveries.ts'
import { PLATFORM } from '../../storage/tables/domain-events.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { sentEventOf } from '../events/event-value.ts'
import { deliveryOf } from './delivery-value.ts'
import { chainOwner, cursorOf, type Owner, ownerId, placeOf, readAs } from './owned-endpoint.ts'
import { countSendByHand } from './send-bounds.ts'

const MOST_TRIES_SHOWN = 50

/** The recipient of deliveries: how to find one, and its name. */
interface Told<Named extends Owner> {
  /** The field that names the recipient in a fault. */
  readonly field: string
  readonly called: 'webhook' | 'channel'
  readonly found: (tx: Queryable, named: Named) => Promise<EndpointRow>
  /** Finds the recipient and locks it until the transaction ends. */
  readonly locked: (tx: Queryable, named: Named) => Promise<EndpointRow>
}

type Filter = z.output<typeof deliveryFilterSchema>
type Resend = z.output<typeof deliveryResendSchema>

/** The verbs of deliveries, which webhooks and channels share. */
export const deliveriesOf = <Named extends Owner>({
  field,
  called,
  found,
  locked,
}: Told<Named>) => {
  const deliveryNamed = async (tx: Queryable, named: Named, id: string) => {
    const { id: endpointId } = await found(tx, named)
    const one = isUuid(id) ? await findDelivery(tx, endpointId, id) : undefined
    // A recipient of the platform gets events of all organizations. An organization's gets only its
    // own.
    const isOwn = ownerId(named) === PLATFORM || one?.event.organization_id === named.organizationId
    if (!one || !isOwn) {
      throw new TollgateError('not_found', { detail: 'there is no such delivery' })
    }
    return one
  }

  /** Lists deliveries, latest first. */
  const list = async (ctx: Context, input: Named & Filter): Promise<Page<Delivery>> => {
    const { cursor, state, limit = DEFAULT_PAGE_SIZE } = input
    const before = placeOf(cursor)
    const rows = await readAs(ctx, input, async (tx) => {
      const { id } = await found(tx, input)
      return deliveryPage(tx, id, { before, state, limit: limit + 1 })
    })
    return pageFrom(rows, limit, deliveryOf, cursorOf)
  }

  /** Returns a delivery with its payload and tries. */
  const get = async (
    ctx: Context,
    input: Named & { readonly deliveryId: string },
  ): Promise<DeliveryDetail> =>
    readAs(ctx, input, async (tx) => {
      const { delivery, event } = await deliveryNamed(tx, input, input.deliveryId)
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

  /**
   * Sends one delivery again, or those of a time range. Without a state, a range takes failed and
   * skipped ones. To people it may be asked for a few times only; programs are sent what they missed.
   */
  const resend = async (
    ctx: Context,
    input: Named & Resend,
    options: CallOptions = {},
  ): Promise<DeliveriesResent> =>
    ctx.db.transaction(async (tx) => {
      const { deliveryId, from, to, state } = input
      const row = await locked(tx, input)
      requireOn(row)
      const which: Resent =
        deliveryId === undefined
          ? {
              from: new Date(from ?? 0),
              to: new Date(to ?? 0),
              states: state === undefined ? ['failed', 'skipped'] : [state],
            }
          : { id: (await deliveryNamed(tx, input, deliveryId)).delivery.id }
      const page = { limit: MOST_RESENT, at: ctx.clock.now() }
      const resent = await resendDeliveries(tx, row.id, which, page)
      if (resent > 0) {
        if (called === 'channel') await countSendByHand(tx, row, page.at)
        await appendAudit(tx, ctx, {
          organizationId: chainOwner(input),
          category: 'webhooks',
          action: 'deliveries.resent',
          ...actorOf(options),
          subject: `${called}:${row.id}`,
          new: { resent, ...(deliveryId === undefined ? { from, to, state } : { deliveryId }) },
        })
      }
      return { resent, more: resent === MOST_RESENT }
    })

  /** A recipient that is not on gets no test and no resend. */
  const requireOn = ({ state }: EndpointRow): void => {
    if (state === 'on') return
    const message = `is ${state}: turn it on first`
    throw new TollgateError('unprocessable', {
      detail: `${field}: ${message}`,
      faults: [{ field, message }],
    })
  }

  return { list, get, resend, deliveryNamed, requireOn }
}
