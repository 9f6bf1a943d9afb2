import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useApi, useRead } from '../../api/use-api.ts'
import { useTitle } from '../../ui/use-title.ts'
import { AuditList } from '../audit/audit-list.tsx'
import { type AuditSearch, auditRequest } from '../audit/audit-search.ts'

/** The audit log of a customer. */
export const CustomerAudit = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  const search = useSearch({ from: '/customers/$organizationId/audit' })
  const navigate = useNavigate({ from: '/customers/$organizationId/audit' })
  const { fileUrl } = useApi()
  useTitle(organizationId, 'Audit')
  const request = auditRequest(search)
  const entries = useRead(
    ['customer', organizationId, 'audit', request],
    ({ audit }, options) => audit.list({ organizationId, ...request }, options),
    { poll: true },
  )
  return (
    <AuditList
      entries={entries}
      search={search}
      onSearch={(patch: AuditSearch) => navigate({ search: (now) => ({ ...now, ...patch }) })}
      fileUrl={fileUrl(`/api/organizations/${encodeURIComponent(organizationId)}/audit`)}
      resolve={({ audit }, input) => audit.resolve({ organizationId, ...input })}
    />
  )
}
