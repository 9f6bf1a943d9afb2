import { useState } from 'react'
import { exact } from '../../../src/react/format/index.ts'
import { useAct } from '../../api/use-api.ts'
import { amountFault, isAmount } from '../../ui/amount.ts'
import { startOfDay } from '../../ui/days.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { Field, TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'

/** Grants credits in addition to the plan. The id makes a repeated submission idempotent. */
export const GiveCredits = ({
  organizationId,
  onClose,
}: {
  readonly organizationId: string
  readonly onClose: () => void
}) => {
  const say = useToast()
  const [id] = useState(() => `console-${crypto.randomUUID()}`)
  const [credits, setCredits] = useState('')
  const [reason, setReason] = useState('')
  const [expires, setExpires] = useState('')
  const [everyMonths, setEveryMonths] = useState('')
  const give = useAct(
    ({ grants }, input: Parameters<typeof grants.create>[0]) => grants.create(input),
    {
      changes: ['customer', organizationId],
      onDone: () => {
        say(`${exact(credits)} credits were given.`)
        onClose()
      },
    },
  )
  return (
    <FormDialog
      title="Give credits"
      act="Give credits"
      isBusy={give.isPending}
      isReady={isAmount(credits) && reason !== ''}
      error={give.error}
      onAct={() =>
        give.mutate({
          organizationId,
          id,
          credits: Number(credits),
          reason,
          ...(expires !== '' && { expiresAt: startOfDay(expires) }),
          ...(everyMonths !== '' && { everyMonths: Number(everyMonths) }),
        })
      }
      onClose={onClose}
    >
      <TextField
        label="Credits"
        fault={amountFault(credits) ?? faultOf(give.error, 'credits')}
        inputMode="decimal"
        value={credits}
        onChange={setCredits}
      />
      <TextField
        label="Reason"
        fault={faultOf(give.error, 'reason')}
        note="Shown in the audit log."
        value={reason}
        onChange={setReason}
      />
      <TextField
        label="Expire at the start of"
        note="They expire at the start of this day (UTC). Empty for never."
        type="date"
        value={expires}
        onChange={setExpires}
      />
      <Field label="Repeat">
        {(control) => (
          <select
            {...control}
            value={everyMonths}
            onChange={(event) => setEveryMonths(event.target.value)}
          >
            <option value="">never</option>
            <option value="1">every month</option>
            <option value="3">every 3 months</option>
            <option value="12">every 12 months</option>
          </select>
        )}
      </Field>
    </FormDialog>
  )
}
