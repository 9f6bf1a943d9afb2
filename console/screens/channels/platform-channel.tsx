import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useTitle } from '../../ui/use-title.ts'
import { Channel } from './channel.tsx'

export const PlatformChannel = () => {
  const { channelId } = useParams({ from: '/channels/$channelId' })
  const search = useSearch({ from: '/channels/$channelId' })
  const navigate = useNavigate({ from: '/channels/$channelId' })
  useTitle('Channel', 'Alerts')
  return (
    <Channel
      whose={null}
      channelId={channelId}
      mayManage
      search={search}
      onSearch={(patch) => navigate({ search: (now) => ({ ...now, ...patch }) })}
    />
  )
}
