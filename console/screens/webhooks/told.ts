import type { QueryKey } from '@tanstack/react-query'
import type { DeliveryVerbs, TollgateClient } from '../../../src/client/index.ts'
import { channelsKey } from '../channels/whose.ts'
import { given, type Whose, webhooksKey } from './whose.ts'

/** To what deliveries go: an endpoint or a channel, and whose. */
export interface Told {
  readonly whose: Whose
  readonly kind: 'endpoint' | 'channel'
  readonly id: string
}

/** The verbs of its deliveries, each with what names it. */
export const deliveriesOf = (
  tollgate: TollgateClient,
  { whose, kind, id }: Told,
): { readonly verbs: DeliveryVerbs<object>; readonly of: object } => {
  const isEndpoint = kind === 'endpoint'
  const ofPlatform = isEndpoint ? tollgate.platformDeliveries : tollgate.platformChannelDeliveries
  const ofCustomer = isEndpoint ? tollgate.deliveries : tollgate.channelDeliveries
  return {
    verbs: (whose === null ? ofPlatform : ofCustomer) as DeliveryVerbs<object>,
    of: { ...given(whose), ...(isEndpoint ? { endpointId: id } : { channelId: id }) },
  }
}

/** Beneath it is all that is read of the endpoint or the channel. */
export const toldKey = ({ whose, kind, id }: Told): QueryKey => [
  ...(kind === 'endpoint' ? webhooksKey(whose) : channelsKey(whose)),
  id,
]
