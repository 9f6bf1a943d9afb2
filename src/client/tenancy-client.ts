import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** Organizations, their keys and their limits. */
export const tenancyClient = ({
  ask,
}: Transport): Pick<TollgateClient, 'organizations' | 'apiKeys' | 'limits'> => {
  const at = (organizationId: string) => `/api/organizations/${encodeURIComponent(organizationId)}`
  const post = <Value>(path: string, body: unknown): Promise<Value> =>
    ask({ method: 'POST', path, body })
  return {
    organizations: {
      create: (input) => post('/api/organizations', input),
      get: (organizationId) => ask({ method: 'GET', path: at(organizationId) }),
    },
    apiKeys: {
      create: (organizationId, input) => post(`${at(organizationId)}/api-keys`, input),
    },
    limits: {
      override: (organizationId, input) => post(`${at(organizationId)}/limits`, input),
    },
  }
}
