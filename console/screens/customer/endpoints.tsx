import type { EndpointsUsage } from '../../../src/client/index.ts'
import { durationText, exact, exactMoney, money, share } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Panel } from '../../ui/panel.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import css from './customer.module.css'

type Row = EndpointsUsage['endpoints'][number]

const COLUMNS: readonly Column<Row>[] = [
  {
    key: 'endpoint',
    head: 'Endpoint',
    cell: ({ endpoint }) => <span className={css.mono}>{endpoint}</span>,
  },
  { key: 'events', head: 'Calls', isFigure: true, cell: ({ events }) => exact(events) },
  { key: 'rate', head: 'Error rate', isFigure: true, cell: ({ errorRate }) => share(errorRate) },
  { key: 'credits', head: 'Credits', isFigure: true, cell: ({ credits }) => exact(credits) },
  {
    key: 'cost',
    head: 'Model cost',
    isFigure: true,
    cell: ({ costUsd }) => <span title={exactMoney(costUsd)}>{money(costUsd)}</span>,
  },
  { key: 'p50', head: 'p50', isFigure: true, cell: ({ p50Ms }) => durationText(p50Ms) },
  { key: 'p95', head: 'p95', isFigure: true, cell: ({ p95Ms }) => durationText(p95Ms) },
  {
    key: 'p99',
    head: 'p99',
    isFigure: true,
    isWideOnly: true,
    cell: ({ p99Ms }) => durationText(p99Ms),
  },
]

const SHOWN = 12

/** Calls, durations and error rates by endpoint. */
export const Endpoints = ({
  organizationId,
  days,
  timezone,
}: {
  readonly organizationId: string
  readonly days: number
  readonly timezone: string
}) => {
  const endpoints = useRead(
    ['customer', organizationId, 'endpoints', days, timezone],
    ({ usage }, options) =>
      usage.endpoints({ organizationId, days, timezone, limit: SHOWN }, options),
  )
  const { data } = endpoints
  return (
    <Panel
      title="By endpoint"
      note={
        data &&
        `last ${days} days, first ${data.endpoints.length} of ${data.endpointsInAll}; latencies within ${data.latency.withinPercent} %, by UTC day`
      }
      isFlush
    >
      <Block of={endpoints} lines={8}>
        {({ endpoints }) =>
          endpoints.length === 0 ? (
            <Empty title="No endpoints recorded">
              Set <code>endpoint</code> on each call. The framework wrappers set it automatically.
            </Empty>
          ) : (
            <Table
              label="Use by endpoint"
              columns={COLUMNS}
              rows={endpoints}
              keyOf={({ endpoint }) => endpoint}
            />
          )
        }
      </Block>
    </Panel>
  )
}
