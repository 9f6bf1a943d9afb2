import { useNavigate, useSearch } from '@tanstack/react-router'
import { Screen } from '../../ui/panel.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { AlertBoard } from './alert-board.tsx'

export const Alerts = () => {
  const search = useSearch({ from: '/alerts' })
  const navigate = useNavigate({ from: '/alerts' })
  useTitle('Alerts')
  return (
    <Screen title="Alerts" note="for all customers and the platform">
      <AlertBoard
        whose={null}
        mayManage
        channels={{ mayRead: true, mayManage: true }}
        search={search}
        onSearch={(patch) => navigate({ search: (now) => ({ ...now, ...patch }) })}
      />
    </Screen>
  )
}
