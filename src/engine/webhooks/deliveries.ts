import type { CallOptions } from '../../contract/call.ts'
import type { Delivery } from '../../contract/webhooks.ts'
import { tellEndpoint } from '../../storage/tables/domain-events.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { deliveriesOf } from './deliveries-of.ts'
import { deliveryOf } from './delivery-value.ts'
import { chainOwner, lockedWebhook, type OwnedEndpoint, webhookRow } from './owned-endpoint.ts'
import { countSendByHand } from './send-bounds.ts'

const { list, get, resend, deliveryNamed, requireOn } = deliveriesOf<OwnedEndpoint>({
  field: 'endpointId',
  called: 'webhook',
  found: webhookRow,
  locked: lockedWebhook,
})

export { get as getDelivery, list as listDeliveries, resend }

/**
 * Sends a test event, whatever the endpoint's event kinds are.
 *
 * @throws TollgateError `too_many_requests` if that was asked for too often.
 */
export const testWebhook = async (
  ctx: Context,
  named: OwnedEndpoint,
  options: CallOptions = {},
): Promise<Delivery> =>
  ctx.db.transaction(async (tx) => {
    const row = await lockedWebhook(tx, named)
    requireOn(row)
    await countSendByHand(tx, row, ctx.clock.now())
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
