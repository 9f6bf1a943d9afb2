import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMay } from '../../session/rights.ts'
import { useTitle } from '../../ui/use-title.ts'
import { Channel } from './channel.tsx'

export const CustomerChannel = () => {
  const from = '/customers/$organizationId/channels/$channelId'
  const { organizationId, channelId } = useParams({ from })
  const search = useSearch({ from })
  const navigate = useNavigate({ from })
  const may = useMay(organizationId)
  useTitle(organizationId, 'Channel')
  return (
    <Channel
      whose={organizationId}
      channelId={channelId}
      mayManage={may('webhooks.manage')}
      search={search}
      onSearch={(patch) => navigate({ search: (now) => ({ ...now, ...patch }) })}
    />
  )
}
