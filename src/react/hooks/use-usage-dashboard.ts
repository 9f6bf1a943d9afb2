'use client'
import type { UsageDashboard } from '../../contract/insight.ts'
import { useSource } from './context.ts'
import { type Reading, useResource } from './use-resource.ts'

export interface DashboardReading extends Reading<UsageDashboard> {
  /** The sections `overview`, `events`, `limits`, `analytics`, `warnings`, and so on. */
  readonly dashboard: UsageDashboard['dashboard'] | undefined
}

/**
 * The usage dashboard of an organization. It refreshes after use, every minute, and when the page
 * regains focus.
 */
export const useUsageDashboard = (organizationId?: string): DashboardReading => {
  const source = useSource(organizationId)
  const reading = useResource(
    source.store.resource<UsageDashboard>('usage.dashboard', {
      organizationId: source.organizationId,
      timezone: source.timezone,
    }),
  )
  return { ...reading, dashboard: reading.data?.dashboard }
}
