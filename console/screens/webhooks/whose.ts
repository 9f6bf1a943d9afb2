import type { QueryKey } from '@tanstack/react-query'
import type { LinkProps } from '@tanstack/react-router'
import type { TollgateClient } from '../../../src/client/index.ts'

/** The owner: a customer's id, or `null` for the platform. */
export type Whose = string | null

/** The owner as input for a client method. */
export const given = (whose: Whose) => (whose === null ? {} : { organizationId: whose })

/** The client's methods for endpoints, of a customer or the platform. */
export const endpointsOf = (tollgate: TollgateClient, whose: Whose) => {
  const verbs = whose === null ? tollgate.platformWebhooks : tollgate.webhooks
  return { verbs, of: given(whose) }
}

export const webhooksKey = (whose: Whose): QueryKey =>
  whose === null ? ['webhooks'] : ['customer', whose, 'webhooks']

/** The link to the list of endpoints. */
export const toEndpoints = (whose: Whose): LinkProps =>
  whose === null
    ? { to: '/webhooks' }
    : { to: '/customers/$organizationId/webhooks', params: { organizationId: whose } }

/** The link to one endpoint. */
export const toEndpoint = (whose: Whose, endpointId: string): LinkProps =>
  whose === null
    ? { to: '/webhooks/$endpointId', params: { endpointId } }
    : {
        to: '/customers/$organizationId/webhooks/$endpointId',
        params: { organizationId: whose, endpointId },
      }
