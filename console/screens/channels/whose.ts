import type { QueryKey } from '@tanstack/react-query'
import type { LinkProps } from '@tanstack/react-router'
import type { TollgateClient } from '../../../src/client/index.ts'
import type { Whose } from '../webhooks/whose.ts'

export type { Whose }

/** The verbs of channels, whoever they are of. */
export const channelsOf = (tollgate: TollgateClient, whose: Whose) => {
  const verbs = whose === null ? tollgate.platformChannels : tollgate.channels
  return { verbs, of: whose === null ? {} : { organizationId: whose } }
}

export const channelsKey = (whose: Whose): QueryKey =>
  whose === null ? ['channels'] : ['customer', whose, 'channels']

/** Where all of them are: beside the alerts that they tell of. */
export const toChannels = (whose: Whose): LinkProps =>
  whose === null
    ? { to: '/alerts' }
    : { to: '/customers/$organizationId/alerts', params: { organizationId: whose } }

/** Where one of them is. */
export const toChannel = (whose: Whose, channelId: string): LinkProps =>
  whose === null
    ? { to: '/channels/$channelId', params: { channelId } }
    : {
        to: '/customers/$organizationId/channels/$channelId',
        params: { organizationId: whose, channelId },
      }
