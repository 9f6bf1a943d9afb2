import { Link } from '@tanstack/react-router'
import { exactMoney, isSomething, money, spanText, UTC } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Panel } from '../../ui/panel.tsx'
import { readable } from '../../ui/readable.ts'
import css from './customer.module.css'

/** The invoice of the current period, as if it ended now. */
export const NextInvoice = ({ organizationId }: { readonly organizationId: string }) => {
  const preview = useRead(
    ['customer', organizationId, 'invoice-preview'],
    ({ invoices }, options) => invoices.preview({ organizationId }, options),
  )
  const overage = useRead(['customer', organizationId, 'overage'], ({ usage }, options) =>
    usage.overage({ organizationId }, options),
  )
  return (
    <Panel
      title="Next invoice"
      note="so far"
      acts={
        <Link
          to="/customers/$organizationId/billing"
          params={{ organizationId }}
          className={css.muted}
        >
          Show the calculation
        </Link>
      }
    >
      <Block of={preview} lines={4}>
        {({ total, currency, lines, periodStart, periodEnd }) => (
          <>
            <p className={css.total}>
              <span className={css.muted}>
                {spanText({ start: periodStart, end: periodEnd }, UTC)}
              </span>
              <strong>{money(total, currency)}</strong>
            </p>
            <Facts
              of={[
                ...lines.map(
                  ({ line, description, amount, exactAmount }) =>
                    [
                      readable(description),
                      <span key={line} title={exactMoney(exactAmount, currency)}>
                        {money(amount, currency)}
                      </span>,
                    ] as const,
                ),
                overage.data &&
                  isSomething(overage.data.projectedTotalUsd) && [
                    'Expected overage at the end',
                    <span key="expected" title={exactMoney(overage.data.projectedTotalUsd)}>
                      {money(overage.data.projectedTotalUsd)}
                    </span>,
                  ],
              ]}
            />
          </>
        )}
      </Block>
    </Panel>
  )
}
