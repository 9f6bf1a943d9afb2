import type { OrganizationLimit } from '../contract/limits.ts'
import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** Organizations, who is in them, their keys and their limits. */
export const tenancyClient = ({
  ask,
}: Transport): Pick<TollgateClient, 'organizations' | 'members' | 'apiKeys' | 'limits'> => {
  const root = '/api/organizations'
  const at = (organizationId: string, ...parts: readonly string[]) =>
    [root, ...[organizationId, ...parts].map(encodeURIComponent)].join('/')
  const get = <Value>(path: string, query = {}): Promise<Value> =>
    ask({ method: 'GET', path, query })
  const post = <Value>(path: string, body: unknown): Promise<Value> =>
    ask({ method: 'POST', path, body })
  const patch = <Value>(path: string, body: unknown): Promise<Value> =>
    ask({ method: 'PATCH', path, body })
  const del = <Value>(path: string): Promise<Value> => ask({ method: 'DELETE', path })
  return {
    organizations: {
      create: (input) => post(root, input),
      get: (organizationId) => get(at(organizationId)),
      list: (filter) => get(root, filter),
      update: (organizationId, input) => patch(at(organizationId), input),
      close: (organizationId) => del(at(organizationId)),
    },
    members: {
      list: (organizationId, page) => get(at(organizationId, 'members'), page),
      add: (organizationId, input) => post(at(organizationId, 'members'), input),
      update: (organizationId, userId, input) =>
        patch(at(organizationId, 'members', userId), input),
      remove: (organizationId, userId) => del(at(organizationId, 'members', userId)),
    },
    apiKeys: {
      create: (organizationId, input) => post(at(organizationId, 'api-keys'), input),
      list: (organizationId, page) => get(at(organizationId, 'api-keys'), page),
      revoke: (organizationId, keyId) => del(at(organizationId, 'api-keys', keyId)),
      rotate: (organizationId, keyId, input = {}) =>
        post(at(organizationId, 'api-keys', keyId, 'rotate'), input),
    },
    limits: {
      list: async (organizationId) => {
        const { limits } = await get<{ limits: readonly OrganizationLimit[] }>(
          at(organizationId, 'limits'),
        )
        return limits
      },
      override: (organizationId, input) => post(at(organizationId, 'limits'), input),
      remove: (organizationId, overrideId) => del(at(organizationId, 'limits', overrideId)),
    },
  }
}
