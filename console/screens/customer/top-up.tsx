import { useState } from 'react'
import type { CreditBalance } from '../../../src/client/index.ts'
import { exact, exactMoney } from '../../../src/react/format/index.ts'
import { useAct } from '../../api/use-api.ts'
import { amountFault, isAmount } from '../../ui/amount.ts'
import { Button } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'

const USUAL_A_MONTH = '10'

/** Automatic purchases of credits: threshold, amount and maximum per month. */
export const TopUp = ({
  of: { organizationId, topUp },
  onClose,
}: {
  readonly of: Pick<CreditBalance, 'organizationId' | 'topUp'>
  readonly onClose: () => void
}) => {
  const say = useToast()
  const [below, setBelow] = useState(topUp ? String(topUp.below) : '')
  const [credits, setCredits] = useState(topUp ? String(topUp.credits) : '')
  const [amount, setAmount] = useState(topUp?.amount ?? '')
  const [mostAMonth, setMostAMonth] = useState(topUp ? String(topUp.mostAMonth) : USUAL_A_MONTH)
  const set = useAct(
    ({ grants }, input: Parameters<typeof grants.setTopUp>[0]) => grants.setTopUp(input),
    {
      changes: ['customer', organizationId],
      onDone: ({ topUp }) => {
        say(
          topUp === null
            ? 'Auto top-up is off.'
            : `Auto top-up buys ${exact(topUp.credits)} credits below ${exact(topUp.below)}.`,
        )
        onClose()
      },
    },
  )
  const amounts = [below, credits, amount, mostAMonth]
  const most =
    isAmount(amount) && isAmount(mostAMonth)
      ? `At most ${exact(mostAMonth)} × ${exactMoney(amount.trim())} a calendar month (UTC).`
      : undefined
  return (
    <FormDialog
      title="Auto top-up"
      act="Set"
      isBusy={set.isPending}
      isReady={amounts.every(isAmount)}
      error={set.error}
      onAct={() =>
        set.mutate({
          organizationId,
          below: Number(below),
          credits: Number(credits),
          amount: amount.trim(),
          mostAMonth: Number(mostAMonth),
        })
      }
      onClose={onClose}
    >
      <p>
        When fewer credits are available, more are bought with a separate Stripe invoice. They are
        added when it is paid.
      </p>
      <TextField
        label="When credits fall below"
        fault={amountFault(below) ?? faultOf(set.error, 'below')}
        inputMode="decimal"
        value={below}
        onChange={setBelow}
      />
      <TextField
        label="Credits to buy"
        fault={amountFault(credits) ?? faultOf(set.error, 'credits')}
        inputMode="decimal"
        value={credits}
        onChange={setCredits}
      />
      <TextField
        label="Price in USD"
        fault={amountFault(amount) ?? faultOf(set.error, 'amount')}
        inputMode="decimal"
        value={amount}
        onChange={setAmount}
      />
      <TextField
        label="Maximum a month"
        note={most}
        fault={amountFault(mostAMonth) ?? faultOf(set.error, 'mostAMonth')}
        inputMode="decimal"
        value={mostAMonth}
        onChange={setMostAMonth}
      />
      {topUp && (
        <div>
          <Button
            isBusy={set.isPending}
            onClick={() => set.mutate({ organizationId, below: null })}
          >
            Turn off
          </Button>
        </div>
      )}
    </FormDialog>
  )
}
