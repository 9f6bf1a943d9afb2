import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMay } from '../../session/rights.ts'
import { useTitle } from '../../ui/use-title.ts'
import { Endpoint } from './endpoint.tsx'

export const CustomerEndpoint = () => {
  const from = '/customers/$organizationId/webhooks/$endpointId'
  const { organizationId, endpointId } = useParams({ from })
  const search = useSearch({ from })
  const navigate = useNavigate({ from })
  const may = useMay(organizationId)
  useTitle(organizationId, 'Endpoint')
  return (
    <Endpoint
      whose={organizationId}
      endpointId={endpointId}
      mayManage={may('webhooks.manage')}
      search={search}
      onSearch={(patch) => navigate({ search: (now) => ({ ...now, ...patch }) })}
    />
  )
}
