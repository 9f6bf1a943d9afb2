import { organizationPath } from './organization-path.ts'
import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** Credits beside what plans include. */
export const grantsClient = ({ ask, askOnce }: Transport): Pick<TollgateClient, 'grants'> => {
  const at = (organizationId: string, ...parts: readonly string[]) =>
    organizationPath(organizationId, 'grants', ...parts)
  return {
    grants: {
      create: (organizationId, input, options = {}) =>
        askOnce({
          method: 'POST',
          path: at(organizationId),
          body: { ...input, id: input.id ?? options.idempotencyKey },
        }),
      list: (organizationId, page = {}) =>
        ask({ method: 'GET', path: at(organizationId), query: { ...page } }),
      end: (organizationId, grantId) =>
        ask({ method: 'DELETE', path: at(organizationId, grantId) }),
      balance: (organizationId) => ask({ method: 'GET', path: at(organizationId, 'balance') }),
      setTopUp: (organizationId, input) =>
        ask({ method: 'POST', path: at(organizationId, 'top-up'), body: input }),
      movements: (organizationId, page = {}) =>
        ask({ method: 'GET', path: at(organizationId, 'movements'), query: { ...page } }),
    },
  }
}
