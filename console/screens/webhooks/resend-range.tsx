import { useState } from 'react'
import { counted } from '../../../src/react/format/index.ts'
import { useAct } from '../../api/use-api.ts'
import { dayAfter, daysAgo, startOfDay } from '../../ui/days.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { Field, TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'
import { deliveriesOf, type Told, toldKey } from './told.ts'

const STATES = [
  ['', 'failed or been skipped'],
  ['failed', 'failed'],
  ['skipped', 'been skipped'],
  ['done', 'come through already'],
] as const

type State = (typeof STATES)[number][0]

/** Resends the deliveries of a range of days, for example after a receiver's outage. */
export const ResendRange = ({
  told,
  onClose,
}: {
  readonly told: Told
  readonly onClose: () => void
}) => {
  const say = useToast()
  const [from, setFrom] = useState(() => daysAgo(1))
  const [to, setTo] = useState(() => daysAgo(0))
  const [state, setState] = useState<State>('')
  const resend = useAct(
    (tollgate) => {
      const { verbs, of } = deliveriesOf(tollgate, told)
      return verbs.resend({
        ...of,
        from: startOfDay(from),
        to: startOfDay(dayAfter(to)),
        ...(state !== '' && { state }),
      })
    },
    {
      changes: toldKey(told),
      onDone: ({ resent, more }) => {
        say(
          `${counted(resent, 'delivery', 'deliveries')} sent again${more ? '; there are more, so send again' : ''}.`,
        )
        if (!more) onClose()
      },
    },
  )
  return (
    <FormDialog
      kind="box"
      title="Send a range again"
      act="Send them again"
      isBusy={resend.isPending}
      isReady={from !== '' && to !== '' && from <= to}
      error={resend.error}
      onAct={() => resend.mutate(undefined)}
      onClose={onClose}
    >
      <p>
        {told.kind === 'channel'
          ? 'They are sent in new messages. Non-critical ones wait for the end of quiet hours.'
          : 'Each keeps its id and gets a new timestamp, so a receiver can ignore duplicates by id.'}{' '}
        At most 1,000 at once.
      </p>
      <TextField
        label="Created from"
        note="A day (UTC)."
        fault={faultOf(resend.error, 'from')}
        type="date"
        value={from}
        onChange={setFrom}
      />
      <TextField
        label="To"
        note="The last day (UTC)."
        fault={
          to !== '' && from > to ? 'must not be before the first' : faultOf(resend.error, 'to')
        }
        type="date"
        value={to}
        onChange={setTo}
      />
      <Field label="Those that have">
        {(control) => (
          <select
            {...control}
            value={state}
            onChange={(event) => setState(event.target.value as State)}
          >
            {STATES.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
    </FormDialog>
  )
}
