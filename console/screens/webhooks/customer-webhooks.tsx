import { useParams } from '@tanstack/react-router'
import { useMay } from '../../session/rights.ts'
import { Stack } from '../../ui/panel.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Endpoints } from './endpoints.tsx'

export const CustomerWebhooks = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  const may = useMay(organizationId)
  useTitle(organizationId, 'Webhooks')
  return (
    <Stack>
      <Endpoints whose={organizationId} mayManage={may('webhooks.manage')} />
    </Stack>
  )
}
