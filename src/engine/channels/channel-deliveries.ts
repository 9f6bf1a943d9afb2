import { deliveriesOf } from '../webhooks/deliveries-of.ts'
import { channelRow, lockedChannel, type OwnedChannel } from './owned-channel.ts'

/** What a channel was sent. One that is sent again goes in a message of its own, and keeps to quiet hours. */
export const channelDeliveries = deliveriesOf<OwnedChannel>({
  field: 'channelId',
  called: 'channel',
  found: channelRow,
  locked: lockedChannel,
})
