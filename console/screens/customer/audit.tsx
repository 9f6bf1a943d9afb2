import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useApi } from '../../api/use-api.ts'
import { useTitle } from '../../ui/use-title.ts'
import { AuditList } from '../audit/audit-list.tsx'
import type { AuditSearch } from '../audit/audit-search.ts'

/** The audit log of a customer. */
export const CustomerAudit = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  const search = useSearch({ from: '/customers/$organizationId/audit' })
  const navigate = useNavigate({ from: '/customers/$organizationId/audit' })
  const { fileUrl } = useApi()
  useTitle(organizationId, 'Audit')
  return (
    <AuditList
      chain={{
        key: ['customer', organizationId, 'audit'],
        list: ({ audit }, request, options) => audit.list({ organizationId, ...request }, options),
      }}
      search={search}
      onSearch={(patch: AuditSearch) => navigate({ search: (now) => ({ ...now, ...patch }) })}
      fileUrl={fileUrl(`/api/organizations/${encodeURIComponent(organizationId)}/audit`)}
      resolve={({ audit }, input) => audit.resolve({ organizationId, ...input })}
    />
  )
}
