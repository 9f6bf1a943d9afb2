import type { QueryKey } from '@tanstack/react-query'
import type { TollgateClient } from '../../../src/client/index.ts'
import type { Whose } from '../webhooks/whose.ts'

export type { Whose }

/** The verbs of rules and of what fired, whoever they are of. */
export const alertsOf = (tollgate: TollgateClient, whose: Whose) => {
  const verbs = whose === null ? tollgate.platformAlerts : tollgate.alerts
  return { verbs, of: whose === null ? {} : { organizationId: whose } }
}

export const alertsKey = (whose: Whose): QueryKey =>
  whose === null ? ['alerts'] : ['customer', whose, 'alerts']
