import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMay } from '../../session/rights.ts'
import { useTitle } from '../../ui/use-title.ts'
import { AlertBoard } from './alert-board.tsx'

export const CustomerAlerts = () => {
  const from = '/customers/$organizationId/alerts'
  const { organizationId } = useParams({ from })
  const search = useSearch({ from })
  const navigate = useNavigate({ from })
  const may = useMay(organizationId)
  useTitle(organizationId, 'Alerts')
  return (
    <AlertBoard
      whose={organizationId}
      mayManage={may('alerts.manage')}
      channels={{ mayRead: may('webhooks.read'), mayManage: may('webhooks.manage') }}
      search={search}
      onSearch={(patch) => navigate({ search: (now) => ({ ...now, ...patch }) })}
    />
  )
}
