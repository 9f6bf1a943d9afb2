import { deliveriesOf } from '../webhooks/deliveries-of.ts'
import { channelRow, lockedChannel, type OwnedChannel } from './owned-channel.ts'

/**
 * The deliveries of a channel. A delivery that is sent again becomes a message of its own, and
 * respects quiet hours.
 */
export const channelDeliveries = deliveriesOf<OwnedChannel>({
  field: 'channelId',
  called: 'channel',
  found: channelRow,
  locked: lockedChannel,
})
