import { storableText } from '../contract/text.ts'
import {
  deliveriesResentSchema,
  deliveryDetailSchema,
  deliveryFilterSchema,
  deliveryPageSchema,
  deliveryResendSchema,
} from '../contract/webhooks.ts'
import { operation } from './operation.ts'

const OF_ORGANIZATION = '/api/organizations/{organizationId}/webhooks/{endpointId}/deliveries'
const OF_PLATFORM = '/api/admin/webhooks/{endpointId}/deliveries'
const endpoint = { endpointId: storableText(255).describe('the `id` of the endpoint') }
const one = { ...endpoint, deliveryId: storableText(255).describe('the `id` of the delivery') }

const lists = {
  method: 'get',
  tag: 'Webhooks',
  description: 'Latest first. Deliveries are stored for 90 days.',
  params: endpoint,
  query: deliveryFilterSchema,
  output: deliveryPageSchema,
  answer: 'A page of deliveries.',
  repeat: 'read',
  problems: ['not_found'],
} as const

const gets = {
  method: 'get',
  tag: 'Webhooks',
  params: one,
  output: deliveryDetailSchema,
  answer: 'The delivery with its payload and every try.',
  repeat: 'read',
  problems: ['not_found'],
} as const

const resends = {
  method: 'post',
  tag: 'Webhooks',
  description:
    'One delivery, or those of a time range, including skipped ones. Each keeps its ' +
    '`webhook-id` and gets a new time. Pending deliveries are left as they are.',
  params: endpoint,
  body: deliveryResendSchema,
  example: { from: '2026-03-10T00:00:00Z', to: '2026-03-11T00:00:00Z' },
  output: deliveriesResentSchema,
  answer: 'The number of deliveries to send.',
  repeat: 'never',
  problems: ['not_found', 'unprocessable'],
} as const

export const deliveriesOperations = [
  operation({
    name: 'deliveries.list',
    ...lists,
    path: OF_ORGANIZATION,
    right: 'webhooks.read',
    summary: 'List deliveries to an endpoint',
  }),
  operation({
    name: 'deliveries.get',
    ...gets,
    path: `${OF_ORGANIZATION}/{deliveryId}`,
    right: 'webhooks.read',
    summary: 'Get a delivery and its tries',
  }),
  operation({
    name: 'deliveries.resend',
    ...resends,
    path: `${OF_ORGANIZATION}/resend`,
    right: 'webhooks.manage',
    summary: 'Resend deliveries',
  }),
  operation({
    name: 'platformDeliveries.list',
    ...lists,
    path: OF_PLATFORM,
    right: 'admin',
    summary: 'List deliveries to an endpoint of the platform',
  }),
  operation({
    name: 'platformDeliveries.get',
    ...gets,
    path: `${OF_PLATFORM}/{deliveryId}`,
    right: 'admin',
    summary: 'Get a delivery of the platform and its tries',
  }),
  operation({
    name: 'platformDeliveries.resend',
    ...resends,
    path: `${OF_PLATFORM}/resend`,
    right: 'admin',
    summary: 'Resend deliveries of the platform',
  }),
] as const
