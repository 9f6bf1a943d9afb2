import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** What is done by schedules. */
export const jobsClient = ({ ask }: Transport): Pick<TollgateClient, 'jobs'> => ({
  jobs: {
    list: (page = {}) => ask({ method: 'GET', path: '/api/admin/jobs', query: { ...page } }),
  },
})
