import type { DryRun } from '../../../src/client/index.ts'
import {
  counted,
  exact,
  exactMoney,
  money,
  spanText,
  UTC,
} from '../../../src/react/format/index.ts'
import { CustomerLink } from '../../ui/customer-link.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Table } from '../../ui/table.tsx'
import css from './simulator.module.css'

const SHOWN = 10

/** The result of a dry run: stored events priced with a changed catalog. */
export const DryRunFigures = ({ of }: { readonly of: DryRun }) => {
  const changed = of.organizations.filter(
    ({ creditsDifference, overageDifferenceUsd, before, after }) =>
      creditsDifference !== 0 ||
      /[1-9]/.test(overageDifferenceUsd) ||
      before.refusedWindows !== after.refusedWindows,
  )
  return (
    <section className={css.below} aria-label="Dry run">
      <p className={css.muted}>
        {counted(of.events, 'event')} of {spanText({ start: of.from, end: of.to }, UTC)},{' '}
        {of.organizationsChanged} of {counted(of.organizationsInAll, 'customer')} changed
      </p>
      <Facts
        of={[
          ['Credits', `${exact(of.before.credits)} → ${exact(of.after.credits)}`],
          [
            'Overage',
            <span
              key="overage"
              title={`${exactMoney(of.before.overageUsd)} → ${exactMoney(of.after.overageUsd)}`}
            >
              {money(of.before.overageUsd)} → {money(of.after.overageUsd)}
            </span>,
          ],
          [
            'Windows that would refuse',
            `${exact(of.before.refusedWindows)} → ${exact(of.after.refusedWindows)}`,
          ],
          of.unknownEvents > 0 && ['Events that would be refused', exact(of.unknownEvents)],
          of.unjudgedMeters.length > 0 && ['Taken as they are', of.unjudgedMeters.join(', ')],
        ]}
      />
      {changed.length > 0 && (
        <Table
          label="Customers that change most"
          rows={changed.slice(0, SHOWN)}
          keyOf={({ organizationId }) => organizationId}
          columns={[
            {
              key: 'name',
              head: 'Customer',
              cell: ({ organizationId }) => <CustomerLink organizationId={organizationId} />,
            },
            {
              key: 'credits',
              head: 'Credits',
              isFigure: true,
              cell: ({ creditsDifference }) =>
                `${creditsDifference > 0 ? '+' : ''}${exact(creditsDifference)}`,
            },
            {
              key: 'overage',
              head: 'Overage',
              isFigure: true,
              cell: ({ overageDifferenceUsd }) => money(overageDifferenceUsd),
            },
          ]}
        />
      )}
    </section>
  )
}
