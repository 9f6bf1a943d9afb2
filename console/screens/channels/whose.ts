import type { QueryKey } from '@tanstack/react-query'
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
