import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useTitle } from '../../ui/use-title.ts'
import { Endpoint } from './endpoint.tsx'

export const PlatformEndpoint = () => {
  const { endpointId } = useParams({ from: '/webhooks/$endpointId' })
  const search = useSearch({ from: '/webhooks/$endpointId' })
  const navigate = useNavigate({ from: '/webhooks/$endpointId' })
  useTitle('Endpoint', 'Webhooks')
  return (
    <Endpoint
      whose={null}
      endpointId={endpointId}
      mayManage
      search={search}
      onSearch={(patch) => navigate({ search: (now) => ({ ...now, ...patch }) })}
    />
  )
}
