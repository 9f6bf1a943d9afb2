import type { TrialSignal } from '../../../src/client/index.ts'
import { counted, exact, percent, rounded } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Panel } from '../../ui/panel.tsx'
import { PlanName } from '../../ui/plan-name.tsx'
import { readable } from '../../ui/readable.ts'
import { Tag } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'

const SIGNALS = {
  as_active_as_payers: 'as active as payers',
  near_its_limits: 'near its limits',
  was_refused: 'was refused',
} as const

const COLUMNS: readonly Column<TrialSignal>[] = [
  {
    key: 'name',
    head: 'Customer',
    cell: ({ organizationId, name }) => (
      <CustomerLink organizationId={organizationId} name={name} />
    ),
  },
  { key: 'plan', head: 'Plan', cell: ({ plan }) => <PlanName plan={plan} /> },
  {
    key: 'signals',
    head: 'Signals',
    cell: ({ signals }) => signals.map((signal) => <Tag key={signal}>{SIGNALS[signal]}</Tag>),
  },
  { key: 'reason', head: 'Why', isWideOnly: true, cell: ({ reason }) => reason },
  { key: 'age', head: 'Days old', isFigure: true, cell: ({ ageDays }) => exact(ageDays) },
  {
    key: 'active',
    head: 'Active of 30',
    isFigure: true,
    cell: ({ activeDays }) => exact(activeDays),
  },
  { key: 'refused', head: 'Refused', isFigure: true, cell: ({ refusals }) => exact(refusals) },
  {
    key: 'used',
    head: 'Tightest limit',
    isFigure: true,
    cell: ({ tightestLimit, percentageUsed }) =>
      tightestLimit === null ? '—' : `${readable(tightestLimit)} ${percent(percentageUsed)}`,
  },
]

/** Free customers with the usage pattern of paying ones. */
export const Trials = () => {
  const trials = useRead(['analytics', 'trials'], ({ analytics }, options) =>
    analytics.trials({}, options),
  )
  const payers = trials.data?.payers
  return (
    <Panel
      title="On free plans"
      note={
        payers &&
        `beside ${counted(payers.organizations, 'customer')} who pay, half of whom are active on ${rounded(payers.medianActiveDays, 1)} of 30 days or more`
      }
      isFlush
    >
      <Block of={trials} lines={4}>
        {({ trials }) =>
          trials.length === 0 ? (
            <Empty title="Nobody is on a free plan" />
          ) : (
            <Table
              label="Customers on free plans"
              columns={COLUMNS}
              rows={trials}
              keyOf={({ organizationId }) => organizationId}
            />
          )
        }
      </Block>
    </Panel>
  )
}
