import type { OrganizationLimit } from '../contract/limits.ts'
import { organizationPath } from './organization-path.ts'
import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** Organizations, who is in them, their keys and their limits. */
export const tenancyClient = ({
  ask,
}: Transport): Pick<TollgateClient, 'organizations' | 'members' | 'apiKeys' | 'limits'> => {
  const root = '/api/organizations'
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
      get: (organizationId) => get(organizationPath(organizationId)),
      list: (filter) => get(root, filter),
      update: (organizationId, input) => patch(organizationPath(organizationId), input),
      close: (organizationId) => del(organizationPath(organizationId)),
    },
    members: {
      list: (organizationId, page) => get(organizationPath(organizationId, 'members'), page),
      add: (organizationId, input) => post(organizationPath(organizationId, 'members'), input),
      update: (organizationId, userId, input) =>
        patch(organizationPath(organizationId, 'members', userId), input),
      remove: (organizationId, userId) => del(organizationPath(organizationId, 'members', userId)),
    },
    apiKeys: {
      create: (organizationId, input) => post(organizationPath(organizationId, 'api-keys'), input),
      list: (organizationId, page) => get(organizationPath(organizationId, 'api-keys'), page),
      revoke: (organizationId, keyId) => del(organizationPath(organizationId, 'api-keys', keyId)),
      rotate: (organizationId, keyId, input = {}) =>
        post(organizationPath(organizationId, 'api-keys', keyId, 'rotate'), input),
    },
    limits: {
      list: async (organizationId) => {
        const { limits } = await get<{ limits: readonly OrganizationLimit[] }>(
          organizationPath(organizationId, 'limits'),
        )
        return limits
      },
      override: (organizationId, input) => post(organizationPath(organizationId, 'limits'), input),
      remove: (organizationId, overrideId) =>
        del(organizationPath(organizationId, 'limits', overrideId)),
    },
  }
}
