import { storableText } from '../contract/text.ts'
import { deliveryVerbs } from './delivery-verbs.ts'
import { operation } from './operation.ts'

const OF_ORGANIZATION = '/api/organizations/{organizationId}/webhooks/{endpointId}/deliveries'
const OF_PLATFORM = '/api/admin/webhooks/{endpointId}/deliveries'
const endpoint = { endpointId: storableText(255).describe('the `id` of the endpoint') }

const { lists, gets, resends } = deliveryVerbs('Webhooks', endpoint, {
  detail: 'The delivery with its payload and every try.',
  resend:
    'One delivery, or those of a time range, including skipped ones. Each keeps its ' +
    '`webhook-id` and gets a new time. Pending deliveries are left as they are.',
})

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
