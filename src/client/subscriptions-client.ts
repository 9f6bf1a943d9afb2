import { organizationPath } from './organization-path.ts'
import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** What organizations subscribe to, from when until when. */
export const subscriptionsClient = ({ ask }: Transport): Pick<TollgateClient, 'subscriptions'> => {
  const at = (organizationId: string, ...parts: readonly string[]) =>
    organizationPath(organizationId, 'subscription', ...parts)
  const post = <Value>(path: string, body?: unknown): Promise<Value> =>
    ask({ method: 'POST', path, ...(body !== undefined && { body }) })
  const migration = '/api/admin/subscriptions/migration'
  return {
    subscriptions: {
      get: (organizationId) => ask({ method: 'GET', path: at(organizationId) }),
      preview: (organizationId, input) => post(at(organizationId, 'preview'), input),
      change: (organizationId, input) => post(at(organizationId, 'change'), input),
      cancel: (organizationId, input = {}) => post(at(organizationId, 'cancel'), input),
      keep: (organizationId) => post(at(organizationId, 'keep')),
      restart: (organizationId) => post(at(organizationId, 'restart')),
      pause: (organizationId) => post(at(organizationId, 'pause')),
      resume: (organizationId) => post(at(organizationId, 'resume')),
      extendTrial: (organizationId, input) => post(at(organizationId, 'trial'), input),
      endTrial: (organizationId) => post(at(organizationId, 'trial', 'end')),
      previewMigration: (request) => ask({ method: 'GET', path: migration, query: request }),
      migrate: (input) => post(migration, input),
    },
  }
}
