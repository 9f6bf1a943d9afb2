import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { Delivery } from '../../contract/webhooks.ts'
import { findDelivery } from '../../storage/tables/deliveries.ts'
import { tellEndpoint } from '../../storage/tables/domain-events.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { deliveryOf } from '../webhooks/deliveries.ts'
import { chainOwner } from '../webhooks/owned-endpoint.ts'
import { auditChannel } from './audit-channel.ts'
import { lockedChannel, type OwnedChannel } from './owned-channel.ts'

/** Sends it an event of its own at once, whatever it is told of otherwise, and when. */
export const testChannel = async (
  ctx: Context,
  named: OwnedChannel,
  options: CallOptions = {},
): Promise<Delivery> =>
  ctx.db.transaction(async (tx) => {
    const row = await lockedChannel(tx, named)
    if (row.state !== 'on') {
      const message = `is ${row.state}: turn it on first`
      throw new TollgateError('unprocessable', {
        detail: `channelId: ${message}`,
        faults: [{ field: 'channelId', message }],
      })
    }
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
