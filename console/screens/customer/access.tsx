import { useParams } from '@tanstack/react-router'
import { useMay } from '../../session/rights.ts'
import { Stack } from '../../ui/panel.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Keys } from './keys.tsx'
import { Members } from './members.tsx'

/** The members and API keys of a customer. */
export const Access = () => {
  const { organizationId } = useParams({ from: '/customers/$organizationId' })
  useTitle(organizationId, 'Access')
  const may = useMay(organizationId)
  return (
    <Stack>
      {may('keys.manage') && <Keys organizationId={organizationId} />}
      <Members organizationId={organizationId} />
    </Stack>
  )
}
