import { useNavigate, useSearch } from '@tanstack/react-router'
import { useApi } from '../../api/use-api.ts'
import { Screen } from '../../ui/panel.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { AuditList } from './audit-list.tsx'
import { Chains } from './chains.tsx'
import type { AuditChain } from './use-entries.ts'

const PLATFORM: AuditChain = {
  key: ['audit'],
  list: ({ audit }, request, options) => audit.listPlatform(request, options),
}

/** The audit log of the platform. */
export const Audit = () => {
  useTitle('Audit')
  const search = useSearch({ from: '/audit' })
  const navigate = useNavigate({ from: '/audit' })
  const { fileUrl } = useApi()
  return (
    <Screen
      title="Audit"
      note="the platform’s own events, such as catalogs and keys; each customer has a separate log"
    >
      <Chains />
      <AuditList
        chain={PLATFORM}
        search={search}
        onSearch={(patch) => navigate({ search: (now) => ({ ...now, ...patch }) })}
        fileUrl={fileUrl('/api/admin/audit')}
        resolve={({ audit }, input) => audit.resolvePlatform(input)}
      />
    </Screen>
  )
}
