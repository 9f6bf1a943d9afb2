import { UsageDashboard, UsageHistory } from 'tollgate/react'
import { requireAccount, tollgateFor } from '@/workspace/account'
import { Shell } from '../shell'

export default async function Page() {
  const tollgate = await tollgateFor(await requireAccount())
  const history = await tollgate.usage.history()
  return (
    <Shell here="/usage" initialData={{ 'usage.history': history }}>
      <h1>Usage</h1>
      {/* The shell shows warnings on every page. */}
      <UsageDashboard sections={['figures', 'chart', 'limits', 'eventTypes']} />
      <UsageHistory />
    </Shell>
  )
}
