import { Skeleton } from '../parts/block-state.tsx'
import type { DashboardSection } from './usage-dashboard-view.tsx'

/** A placeholder in the shape of the dashboard. */
export const DashboardSkeleton = ({
  sections,
  label,
}: {
  readonly sections: readonly DashboardSection[]
  readonly label: string
}) => (
  <>
    <p className="tg-visually-hidden" role="status">
      {label}
    </p>
    <div className="tg-dashboard__header">
      <Skeleton lines={1} />
    </div>
    {sections.includes('figures') && (
      <div className="tg-dashboard__tiles">
        <Skeleton lines={1} tall="tile" />
        <Skeleton lines={1} tall="tile" />
        <Skeleton lines={1} tall="tile" />
        <Skeleton lines={1} tall="tile" />
      </div>
    )}
    <div className="tg-dashboard__columns">
      {sections.includes('chart') && (
        <div className="tg-dashboard__column">
          <Skeleton lines={1} tall="chart" />
        </div>
      )}
      {sections.includes('limits') && (
        <div className="tg-dashboard__column">
          <Skeleton lines={5} tall="row" />
        </div>
      )}
    </div>
    {sections.includes('eventTypes') && (
      <div className="tg-dashboard__types">
        <Skeleton lines={7} />
      </div>
    )}
  </>
)
