import type { QueryKey } from '@tanstack/react-query'
import type { TollgateClient } from '../../../src/client/index.ts'
import type { Whose } from '../webhooks/whose.ts'

export type { Whose }

/** The client's methods for rules and firings, of a customer or the platform. */
export const alertsOf = (tollgate: TollgateClient, whose: Whose) => {
  const verbs = whose === null ? tollgate.platformAlerts : tollgate.alerts
  return { verbs, of: whose === null ? {} : { organizationId: whose } }
}

export const alertsKey = (whose: Whose): QueryKey =>
  whose === null ? ['alerts'] : ['customer', whose, 'alerts']
