import type { QueryKey } from '@tanstack/react-query'
import type { DeliveryVerbs, TollgateClient } from '../../../src/client/index.ts'
import { channelsKey } from '../channels/whose.ts'
import { given, type Whose, webhooksKey } from './whose.ts'

/** The receiver of deliveries: an endpoint or a channel, and its owner. */
export interface Told {
  readonly whose: Whose
  readonly kind: 'endpoint' | 'channel'
  readonly id: string
}

/** The client's methods for the receiver's deliveries, and the ids to pass. */
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

/** The cache key prefix of all reads about the receiver. */
export const toldKey = ({ whose, kind, id }: Told): QueryKey => [
  ...(kind === 'endpoint' ? webhooksKey(whose) : channelsKey(whose)),
  id,
]
