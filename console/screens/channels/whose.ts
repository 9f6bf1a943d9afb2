import type { QueryKey } from '@tanstack/react-query'
import type { LinkProps } from '@tanstack/react-router'
import type { TollgateClient } from '../../../src/client/index.ts'
import type { Whose } from '../webhooks/whose.ts'

export type { Whose }

/** The client's methods for channels, of a customer or the platform. */
export const channelsOf = (tollgate: TollgateClient, whose: Whose) => {
  const verbs = whose === null ? tollgate.platformChannels : tollgate.channels
  return { verbs, of: whose === null ? {} : { organizationId: whose } }
}

export const channelsKey = (whose: Whose): QueryKey =>
  whose === null ? ['channels'] : ['customer', whose, 'channels']

/** The link to the list of channels, on the alerts screen. */
export const toChannels = (whose: Whose): LinkProps =>
  whose === null
    ? { to: '/alerts' }
    : { to: '/customers/$organizationId/alerts', params: { organizationId: whose } }

/** The link to one channel. */
export const toChannel = (whose: Whose, channelId: string): LinkProps =>
  whose === null
    ? { to: '/channels/$channelId', params: { channelId } }
    : {
        to: '/customers/$organizationId/channels/$channelId',
        params: { organizationId: whose, channelId },
      }
