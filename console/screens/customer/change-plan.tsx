import { useState } from 'react'
import type { Subscription } from '../../../src/client/index.ts'
import { money, monthlyPrice, spanText, UTC } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Field } from '../../ui/field.tsx'
import { usePlanNames } from '../../ui/plan-name.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toasts.tsx'

type When = 'now' | 'period_end'

/** Changes the plan, and shows the cost first. */
export const ChangePlan = ({
  subscription,
  onClose,
}: {
  readonly subscription: Subscription
  readonly onClose: () => void
}) => {
  const { organizationId } = subscription
  const say = useToast()
  const nameOf = usePlanNames()
  const [plan, setPlan] = useState('')
  const [when, setWhen] = useState<When | ''>('')
  const offered = useRead(['customer', organizationId, 'plans'], ({ subscriptions }, options) =>
    subscriptions.plans({ organizationId }, options),
  )
  const change = { organizationId, plan, ...(when !== '' && { when }) }
  const preview = useRead(
    ['customer', organizationId, 'preview', plan, when],
    ({ subscriptions }, options) => subscriptions.preview(change, options),
    { isWanted: plan !== '' },
  )
  const act = useAct(({ subscriptions }, input: typeof change) => subscriptions.change(input), {
    changes: ['customer', organizationId],
    onDone: () => {
      say(
        `The plan is ${nameOf(plan)}${preview.data?.when === 'period_end' ? ' from the next period' : ' now'}.`,
      )
      onClose()
    },
  })
  const shown = plan === '' ? undefined : preview.data
  return (
    <FormDialog
      title="Change plan"
      act={shown?.when === 'period_end' ? 'Schedule the change' : 'Change plan now'}
      isBusy={act.isPending}
      isReady={shown !== undefined && !preview.isError && !preview.isPlaceholderData}
      error={act.error ?? preview.error}
      onAct={() => act.mutate(change)}
      onClose={onClose}
    >
      <Field
        label="Plan"
        note={`Now: ${nameOf(subscription.plan)}, ${monthlyPrice(subscription.monthlyPriceUsd)}`}
      >
        {(control) => (
          <select {...control} value={plan} onChange={(event) => setPlan(event.target.value)}>
            <option value="">choose</option>
            {offered.data?.plans.map(
              ({ plan, name, monthlyPriceUsd, current, public: isPublic }) => (
                <option key={plan} value={plan}>
                  {name}, {monthlyPrice(monthlyPriceUsd)}
                  {current ? ', current' : ''}
                  {isPublic ? '' : ', not public'}
                </option>
              ),
            )}
          </select>
        )}
      </Field>
      <Field label="When">
        {(control) => (
          <select
            {...control}
            value={when}
            onChange={(event) => setWhen(event.target.value as When | '')}
          >
            <option value="">default: upgrades now, downgrades at the end of the period</option>
            <option value="now">now</option>
            <option value="period_end">at the end of the period</option>
          </select>
        )}
      </Field>
      {shown && (
        <Facts
          of={[
            ['Takes effect', <Time key="at" at={shown.at} />],
            ...shown.proration.map(
              ({ plan, seconds, amount }) =>
                [`${seconds < 0 ? 'Credit' : 'Charge'}, ${plan}`, money(amount)] as const,
            ),
            [
              `This invoice, ${spanText(shown.thisInvoice, UTC)}`,
              `${money(shown.thisInvoice.before)} → ${money(shown.thisInvoice.after)}`,
            ],
            [
              `Next invoice, ${spanText(shown.nextInvoice, UTC)}`,
              `${money(shown.nextInvoice.before)} → ${money(shown.nextInvoice.after)}`,
            ],
          ]}
        />
      )}
    </FormDialog>
  )
}
