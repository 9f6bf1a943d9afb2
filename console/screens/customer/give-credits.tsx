import { useState } from 'react'
import { exact } from '../../../src/react/format/index.ts'
import { useAct } from '../../api/use-api.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { Field } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'

/** Credits beside the plan's allowance. The id makes a second click give nothing more. */
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
      isReady={credits !== '' && reason !== ''}
      error={give.error}
      onAct={() =>
        give.mutate({
          organizationId,
          id,
          credits: Number(credits),
          reason,
          ...(expires !== '' && { expiresAt: `${expires}T00:00:00.000Z` }),
          ...(everyMonths !== '' && { everyMonths: Number(everyMonths) }),
        })
      }
      onClose={onClose}
    >
      <Field label="Credits" fault={faultOf(give.error, 'credits')}>
        {(control) => (
          <input
            {...control}
            inputMode="decimal"
            value={credits}
            onChange={(event) => setCredits(event.target.value)}
          />
        )}
      </Field>
      <Field
        label="Reason"
        fault={faultOf(give.error, 'reason')}
        note="It stands in the audit log."
      >
        {(control) => (
          <input {...control} value={reason} onChange={(event) => setReason(event.target.value)} />
        )}
      </Field>
      <Field
        label="Expire on"
        note="The first day (UTC) on which they cannot be used any more. Empty: never."
      >
        {(control) => (
          <input
            {...control}
            type="date"
            value={expires}
            onChange={(event) => setExpires(event.target.value)}
          />
        )}
      </Field>
      <Field label="Come again">
        {(control) => (
          <select
            {...control}
            value={everyMonths}
            onChange={(event) => setEveryMonths(event.target.value)}
          >
            <option value="">no, once</option>
            <option value="1">every month</option>
            <option value="3">every 3 months</option>
            <option value="12">every 12 months</option>
          </select>
        )}
      </Field>
    </FormDialog>
  )
}
