import { createRoot } from 'react-dom/client'
import {
  BillingOverview,
  LimitWarning,
  TollgateProvider,
  UsageDashboard,
  UsageHistory,
  UsageIndicator,
} from '../../../src/react/index.ts'

/** A host page that reads live data: `?organization=acme`, and `&billing` for invoices. */
const asked = new URLSearchParams(location.search)
const organizationId = asked.get('organization') ?? ''

const getToken = async () => {
  const response = await fetch(`/token${location.search}`)
  return response.json()
}

createRoot(document.getElementById('root')!).render(
  <TollgateProvider baseUrl="/" organizationId={organizationId} getToken={getToken}>
    {asked.has('billing') ? (
      <BillingOverview />
    ) : (
      <>
        <LimitWarning />
        <UsageIndicator meter="credits" />
        <UsageDashboard />
        <UsageHistory />
      </>
    )}
  </TollgateProvider>,
)
