import { Link } from '@tanstack/react-router'
import type { EventFigures, UsageDashboard } from '../../../src/client/index.ts'
import { exact, exactMoney, money, percent } from '../../../src/react/format/index.ts'
import linkCss from '../../ui/link.module.css'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'

/** The usage of the period by event type. */
export const TopEvents = ({ of }: { readonly of: UsageDashboard }) => {
  const { breakdown, eventTypes } = of.dashboard.events
  const columns: readonly Column<EventFigures>[] = [
    {
      key: 'name',
      head: 'Event type',
      cell: ({ eventType, name }) => (
        <Link
          to="/customers/$organizationId/events"
          params={{ organizationId: of.organizationId }}
          search={{ eventType }}
          className={linkCss.link}
          title={eventType}
        >
          {name ?? eventType}
        </Link>
      ),
    },
    { key: 'events', head: 'Calls', isFigure: true, cell: ({ events }) => exact(events) },
    { key: 'errors', head: 'Errors', isFigure: true, cell: ({ errors }) => exact(errors) },
    { key: 'credits', head: 'Credits', isFigure: true, cell: ({ credits }) => exact(credits) },
    {
      key: 'share',
      head: 'Share',
      isFigure: true,
      isWideOnly: true,
      cell: ({ percentage }) => percent(percentage),
    },
    {
      key: 'cost',
      head: 'Model cost',
      isFigure: true,
      cell: ({ costUsd }) => <span title={exactMoney(costUsd)}>{money(costUsd)}</span>,
    },
  ]
  return (
    <Panel
      title="By event type"
      note={
        breakdown.length < eventTypes
          ? `this billing period, first ${breakdown.length} of ${eventTypes}`
          : 'this billing period'
      }
      isFlush
    >
      <Table
        label="Use by event type"
        columns={columns}
        rows={breakdown}
        keyOf={({ eventType }) => eventType}
      />
    </Panel>
  )
}
