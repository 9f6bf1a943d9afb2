import { spanText, UTC } from '../../../src/react/format/index.ts'
import { useApi, useRead } from '../../api/use-api.ts'
import { Block } from '../../ui/block.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Time } from '../../ui/time.tsx'
import { CreditNotes } from './credit-notes.tsx'
import css from './customer.module.css'
import { InvoiceLines } from './invoice-lines.tsx'

interface InvoiceSheetProps {
  readonly organizationId: string
  readonly invoiceId: string
  readonly onClose: () => void
}

/** One invoice: its lines with their calculation, and its payment. */
export const InvoiceSheet = ({ organizationId, invoiceId, onClose }: InvoiceSheetProps) => {
  const { fileUrl } = useApi()
  const invoice = useRead(
    ['customer', organizationId, 'invoice', invoiceId],
    ({ invoices }, options) => invoices.get({ organizationId, invoiceId }, options),
  )
  const path = `/api/organizations/${encodeURIComponent(organizationId)}/invoices/${encodeURIComponent(invoiceId)}`
  return (
    <Dialog title="Invoice" onClose={onClose}>
      <Block of={invoice} lines={8}>
        {(of) => (
          <div className={css.below}>
            <Facts
              of={[
                ['Id', <Copy key="id" text={of.id} />],
                ['Period', spanText({ start: of.periodStart, end: of.periodEnd }, UTC)],
                ['Closed', <Time key="closed" at={of.createdAt} />],
              ]}
            />
            <InvoiceLines of={of} />
            <CreditNotes of={of} />
            <h3>Payment</h3>
            {of.charges.length === 0 ? (
              <p className={css.muted}>Not collected through Stripe.</p>
            ) : (
              <Facts
                of={of.charges.map(
                  ({ description, payment, reason }) =>
                    [description, payment ?? reason ?? 'not created yet'] as const,
                )}
              />
            )}
            <p>
              <a href={fileUrl(`${path}/print`)} target="_blank" rel="noreferrer">
                Open to print
              </a>
            </p>
          </div>
        )}
      </Block>
    </Dialog>
  )
}
