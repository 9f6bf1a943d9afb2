'use client'
import { useUsageDashboard } from '../hooks/use-usage-dashboard.ts'
import { useUsageStream } from '../hooks/use-usage-stream.ts'
import type { BlockReading } from '../parts/block-state.tsx'
import {
  type DashboardData,
  type DashboardLook,
  UsageDashboardView,
} from './usage-dashboard-view.tsx'

/** The three required results. Until all are there, a placeholder is shown. */
type Figures = {
  readonly [Name in 'overview' | 'events' | 'analytics']: DashboardData[Name] | undefined
}

interface Given extends DashboardLook, Omit<DashboardData, keyof Figures>, Figures {
  readonly reading?: BlockReading | undefined
}

interface Read extends DashboardLook {
  /** The provider's by default. */
  readonly organizationId?: string | undefined
}

export type UsageDashboardProps = Given | Read

/**
 * The usage dashboard of an organization: figures of the period, days, limits and event types.
 *
 * With `overview`, `events` and `analytics` it renders them. Otherwise it reads them from the
 * surrounding `TollgateProvider`.
 */
export const UsageDashboard = (props: UsageDashboardProps) => {
  if (!('overview' in props)) return <ReadUsageDashboard {...props} />
  const { className, parts, sections, onUpgrade, reading, ...given } = props
  const { overview, events, analytics } = given
  const data = overview && events && analytics && { ...given, overview, events, analytics }
  const waiting: BlockReading = { status: data ? 'ready' : 'loading' }
  const look = { className, parts, sections, onUpgrade }
  return <UsageDashboardView {...look} data={data} reading={reading ?? waiting} />
}

const ReadUsageDashboard = ({ organizationId, ...look }: Read) => {
  const { data, status, error, retry } = useUsageDashboard(organizationId)
  // The stream triggers a refresh after new use.
  useUsageStream(organizationId)
  return (
    <UsageDashboardView
      {...look}
      data={data && { ...data, ...data.dashboard }}
      reading={{ status, error, retry }}
    />
  )
}
