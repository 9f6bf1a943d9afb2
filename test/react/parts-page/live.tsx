import { createRoot } from 'react-dom/client'
import {
  LimitWarning,
  TollgateProvider,
  UsageDashboard,
  UsageHistory,
  UsageIndicator,
} from '../../../src/react/index.ts'

/** A page of a host that reads for itself: `?organization=acme`. */
const organizationId = new URLSearchParams(location.search).get('organization') ?? ''

const getToken = async () => {
  const response = await fetch(`/token?organization=${organizationId}`)
  return response.json()
}

createRoot(document.getElementById('root')!).render(
  <TollgateProvider baseUrl="/" organizationId={organizationId} getToken={getToken}>
    <LimitWarning />
    <UsageIndicator meter="credits" />
    <UsageDashboard />
    <UsageHistory />
  </TollgateProvider>,
)
