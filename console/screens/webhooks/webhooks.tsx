import { Screen } from '../../ui/panel.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { Endpoints } from './endpoints.tsx'

export const Webhooks = () => {
  useTitle('Webhooks')
  return (
    <Screen title="Webhooks" note="endpoints of the platform; each customer may have its own">
      <Endpoints whose={null} mayManage />
    </Screen>
  )
}
