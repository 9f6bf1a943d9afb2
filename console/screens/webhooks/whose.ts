import type { QueryKey } from '@tanstack/react-query'
import type { LinkProps } from '@tanstack/react-router'
import type { TollgateClient } from '../../../src/client/index.ts'

/** Whose endpoints are looked at: a customer's, by its id, or with `null` the platform's. */
export type Whose = string | null

/** What every verb is given of whose it is. */
export const given = (whose: Whose) => (whose === null ? {} : { organizationId: whose })

/** The verbs of endpoints, whoever they are of. */
export const endpointsOf = (tollgate: TollgateClient, whose: Whose) => {
  const verbs = whose === null ? tollgate.platformWebhooks : tollgate.webhooks
  return { verbs, of: given(whose) }
}

export const webhooksKey = (whose: Whose): QueryKey =>
  whose === null ? ['webhooks'] : ['customer', whose, 'webhooks']

/** Where all of them are. */
export const toEndpoints = (whose: Whose): LinkProps =>
  whose === null
    ? { to: '/webhooks' }
    : { to: '/customers/$organizationId/webhooks', params: { organizationId: whose } }

/** Where one of them is. */
export const toEndpoint = (whose: Whose, endpointId: string): LinkProps =>
  whose === null
    ? { to: '/webhooks/$endpointId', params: { endpointId } }
    : {
        to: '/customers/$organizationId/webhooks/$endpointId',
        params: { organizationId: whose, endpointId },
      }
