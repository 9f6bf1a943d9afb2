import { useState } from 'react'
import type { InvoiceWithLines } from '../../../src/client/index.ts'
import { exactMoney } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { useIsOperator } from '../../session/rights.ts'
import { amountFault, isAmount } from '../../ui/amount.ts'
import { Block } from '../../ui/block.tsx'
import { Button } from '../../ui/button.tsx'
import { ActError } from '../../ui/error-note.tsx'
import { faultOf } from '../../ui/faults.ts'
import { TextField } from '../../ui/field.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'
import css from './customer.module.css'

/** The credit notes of an invoice, and a form for a new one. */
export const CreditNotes = ({ of }: { readonly of: InvoiceWithLines }) => {
  const { organizationId, id: invoiceId, currency } = of
  const isOperator = useIsOperator()
  const [isOpen, setIsOpen] = useState(false)
  const notes = useRead(
    ['customer', organizationId, 'invoice', invoiceId, 'notes'],
    ({ creditNotes }, options) => creditNotes.list({ organizationId, invoiceId }, options),
  )
  return (
    <>
      <h3>Credit notes</h3>
      <Block of={notes} lines={1}>
        {(all) =>
          all.length === 0 ? (
            <p className={css.muted}>No credit notes.</p>
          ) : (
            <ul className={css.given}>
              {all.map(({ id, amount, reason, actor, createdAt, appliedTo }) => (
                <li key={id}>
                  <span>
                    {reason}
                    <small>
                      {actor}, <Time at={createdAt} />,{' '}
                      {appliedTo === null ? 'on the next invoice' : `on invoice ${appliedTo}`}
                    </small>
                  </span>
                  <strong>{exactMoney(amount, currency)}</strong>
                </li>
              ))}
            </ul>
          )
        }
      </Block>
      {isOperator &&
        (isOpen ? (
          <NewNote of={of} onClose={() => setIsOpen(false)} />
        ) : (
          <div>
            <Button onClick={() => setIsOpen(true)}>Issue credit note …</Button>
          </div>
        ))}
    </>
  )
}

/** The id makes a repeated submission idempotent. */
const NewNote = ({
  of: { organizationId, id: invoiceId, total, currency },
  onClose,
}: {
  readonly of: InvoiceWithLines
  readonly onClose: () => void
}) => {
  const say = useToast()
  const [id] = useState(() => `console-${crypto.randomUUID()}`)
  const [amount, setAmount] = useState('')
  const [reason, setReason] = useState('')
  const give = useAct(
    ({ creditNotes }) =>
      creditNotes.create({ organizationId, invoiceId, id, amount: amount.trim(), reason }),
    {
      changes: ['customer', organizationId],
      onDone: ({ amount }) => {
        say(`${exactMoney(amount, currency)} will be credited on the next invoice.`)
        onClose()
      },
    },
  )
  return (
    <form
      className={css.below}
      onSubmit={(event) => {
        event.preventDefault()
        give.mutate(undefined)
      }}
    >
      <p className={css.muted}>
        The amount is credited on the next invoice. All credit notes of an invoice together cannot
        exceed its total of {exactMoney(total, currency)}. This cannot be undone.
      </p>
      <TextField
        label={`Amount in ${currency}`}
        fault={amountFault(amount) ?? faultOf(give.error, 'amount')}
        inputMode="decimal"
        value={amount}
        onChange={setAmount}
      />
      <TextField
        label="Reason"
        note="Shown on the invoice and in the audit log."
        fault={faultOf(give.error, 'reason')}
        value={reason}
        onChange={setReason}
      />
      <ActError of={give.error} />
      <div className={css.buttons}>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="danger"
          type="submit"
          isBusy={give.isPending}
          disabled={!isAmount(amount) || reason === ''}
        >
          {isAmount(amount) ? `Credit ${exactMoney(amount.trim(), currency)}` : 'Credit'}
        </Button>
      </div>
    </form>
  )
}
