import { useNavigate, useSearch } from '@tanstack/react-router'
import { useApi, useRead } from '../../api/use-api.ts'
import { Screen } from '../../ui/panel.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { AuditList } from './audit-list.tsx'
import { auditRequest } from './audit-search.ts'
import { Chains } from './chains.tsx'

/** The audit log of the platform. */
export const Audit = () => {
  useTitle('Audit')
  const search = useSearch({ from: '/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const { fileUrl } = useApi()
  const request = auditRequest(search)
  const entries = useRead(
    ['audit', request],
    ({ audit }, options) => audit.listPlatform(request, options),
    { poll: true },
  )
  return (
    <Screen
      title="Audit"
      note="the platform’s own events, such as catalogs and keys; each customer has a separate log"
    >
      <Chains />
      <AuditList
        entries={entries}
        search={search}
        onSearch={(patch) => navigate({ search: (now) => ({ ...now, ...patch }) })}
        fileUrl={fileUrl('/api/admin/audit')}
        resolve={({ audit }, input) => audit.resolvePlatform(input)}
      />
    </Screen>
  )
}
