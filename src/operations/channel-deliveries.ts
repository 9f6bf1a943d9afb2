import { storableText } from '../contract/text.ts'
import {
  deliveriesResentSchema,
  deliveryDetailSchema,
  deliveryFilterSchema,
  deliveryPageSchema,
  deliveryResendSchema,
} from '../contract/webhooks.ts'
import { operation } from './operation.ts'

const OF_ORGANIZATION = '/api/organizations/{organizationId}/channels/{channelId}/deliveries'
const OF_PLATFORM = '/api/admin/channels/{channelId}/deliveries'
const channel = { channelId: storableText(255).describe('the `id` of the channel') }
const one = { ...channel, deliveryId: storableText(255).describe('the `id` of the delivery') }

const lists = {
  method: 'get',
  tag: 'Channels',
  description: 'The latest first; kept for 90 days.',
  params: channel,
  query: deliveryFilterSchema,
  output: deliveryPageSchema,
  answer: 'A page of them.',
  repeat: 'read',
  problems: ['not_found'],
} as const

const gets = {
  method: 'get',
  tag: 'Channels',
  params: one,
  output: deliveryDetailSchema,
  answer: 'The delivery, the event that its message tells of, and every try.',
  repeat: 'read',
  problems: ['not_found'],
} as const

const resends = {
  method: 'post',
  tag: 'Channels',
  description:
    'One, or those of a range by time, also what was skipped. They go in a new message, or several. ' +
    'What is not critical waits for the end of quiet hours, and what is less severe than the ' +
    'channel asks for is skipped again. One that waits already is left as it is.',
  params: channel,
  body: deliveryResendSchema,
  example: { from: '2026-03-10T00:00:00Z', to: '2026-03-11T00:00:00Z' },
  output: deliveriesResentSchema,
  answer: 'How many are to be sent.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
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
