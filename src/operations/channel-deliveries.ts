import { storableText } from '../contract/text.ts'
import { deliveryVerbs } from './delivery-verbs.ts'
import { operation } from './operation.ts'

const OF_ORGANIZATION = '/api/organizations/{organizationId}/channels/{channelId}/deliveries'
const OF_PLATFORM = '/api/admin/channels/{channelId}/deliveries'
const channel = { channelId: storableText(255).describe('the `id` of the channel') }

const verbs = deliveryVerbs('Channels', channel, {
  detail: 'The delivery, the event that its message reports, and every try.',
  resend:
    'One delivery, or those of a time range, including skipped ones. They go in new messages. ' +
    'Events that are not critical wait for the end of quiet hours. Events below the ' +
    'minimum severity of the channel are skipped again. Pending deliveries are left as they are. ' +
    'At most 5 requests in ten minutes for one channel, and 20 an hour in all, tests included.',
})
const { lists, gets } = verbs
const resends = {
  ...verbs.resends,
  problems: [...verbs.resends.problems, 'too_many_requests'],
} as const

export const channelDeliveriesOperations = [
  operation({
    name: 'channelDeliveries.list',
    ...lists,
    path: OF_ORGANIZATION,
    right: 'webhooks.read',
    summary: 'List deliveries to a channel',
  }),
  operation({
    name: 'channelDeliveries.get',
    ...gets,
    path: `${OF_ORGANIZATION}/{deliveryId}`,
    right: 'webhooks.read',
    summary: 'Get a delivery to a channel and its tries',
  }),
  operation({
    name: 'channelDeliveries.resend',
    ...resends,
    path: `${OF_ORGANIZATION}/resend`,
    right: 'webhooks.manage',
    summary: 'Resend deliveries to a channel',
  }),
  operation({
    name: 'platformChannelDeliveries.list',
    ...lists,
    path: OF_PLATFORM,
    right: 'admin',
    summary: 'List deliveries to a channel of the platform',
  }),
  operation({
    name: 'platformChannelDeliveries.get',
    ...gets,
    path: `${OF_PLATFORM}/{deliveryId}`,
    right: 'admin',
    summary: 'Get a delivery to a channel of the platform and its tries',
  }),
  operation({
    name: 'platformChannelDeliveries.resend',
    ...resends,
    path: `${OF_PLATFORM}/resend`,
    right: 'admin',
    summary: 'Resend deliveries to a channel of the platform',
  }),
] as const
