import type { CallOptions } from '../../contract/call.ts'
import type { Delivery } from '../../contract/webhooks.ts'
import { findDelivery } from '../../storage/tables/deliveries.ts'
import { tellEndpoint } from '../../storage/tables/domain-events.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { deliveryOf } from '../webhooks/delivery-value.ts'
import { chainOwner } from '../webhooks/owned-endpoint.ts'
import { countSendByHand } from '../webhooks/send-bounds.ts'
import { auditChannel } from './audit-channel.ts'
import { channelDeliveries } from './channel-deliveries.ts'
import { lockedChannel, type OwnedChannel } from './owned-channel.ts'

/**
 * Sends a test event at once, whatever the channel's event kinds and quiet hours are.
 *
 * @throws TollgateError `too_many_requests` if that was asked for too often.
 */
export const testChannel = async (
  ctx: Context,
  named: OwnedChannel,
  options: CallOptions = {},
): Promise<Delivery> =>
  ctx.db.transaction(async (tx) => {
    const row = await lockedChannel(tx, named)
    channelDeliveries.requireOn(row)
    await countSendByHand(tx, row, ctx.clock.now())
    await auditChannel(tx, ctx, row, { action: 'channel.tested', options })
    const event = {
      ...told('channel.test', { channelId: row.id }),
      organizationId: chainOwner(named),
      subject: `channel:${row.id}`,
      occurredAt: ctx.clock.now(),
    }
    const id = await tellEndpoint(tx, event, row.id)
    const found = await findDelivery(tx, row.id, id)
    if (!found) throw new Error('the delivery that was made is not there')
    return deliveryOf(found.delivery)
  })
