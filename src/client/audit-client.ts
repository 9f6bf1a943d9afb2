import type { AuditListInput } from '../contract/audit.ts'
import type { TollgateClient } from './remote.ts'
import type { Transport } from './transport.ts'

/** The audit log of an organization, or of the platform itself. */
export const auditClient = ({ ask }: Transport): Pick<TollgateClient, 'audit'> => {
  const at = (organizationId: string | null) =>
    organizationId === null
      ? '/api/admin/audit'
      : `/api/organizations/${encodeURIComponent(organizationId)}/audit`
  return {
    audit: {
      list: (organizationId, input = {}) =>
        ask({ method: 'GET', path: at(organizationId), query: queryOf(input) }),
      resolve: (organizationId, sequence, input) =>
        ask({ method: 'POST', path: `${at(organizationId)}/${sequence}/resolve`, body: input }),
    },
  }
}

/** What is no instant is sent as it is, and refused by its name. */
const queryOf = ({ from, to, resolved, ...rest }: AuditListInput) => ({
  ...rest,
  from: textOf(from),
  to: textOf(to),
  resolved: resolved === undefined ? undefined : String(resolved),
})

const textOf = (instant: AuditListInput['from']): string | undefined =>
  instant instanceof Date ? instant.toISOString() : instant
