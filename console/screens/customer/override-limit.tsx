import { useState } from 'react'
import type { LimitOverrideInput, OrganizationLimit } from '../../../src/client/index.ts'
import { limitText, maximumOf } from '../../../src/react/format/index.ts'
import { useAct, useRead } from '../../api/use-api.ts'
import { amountFault, isAmount } from '../../ui/amount.ts'
import { startOfDay } from '../../ui/days.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { faultOf } from '../../ui/faults.ts'
import { Check, Field, TextField } from '../../ui/field.tsx'
import { useToast } from '../../ui/toasts.tsx'

const WINDOWS = ['minute', 'hour', 'day', 'month', 'period', 'concurrent'] as const
const BEHAVIORS = [
  ['hard', 'refuse'],
  ['soft', 'warn only'],
  ['overage', 'allow and bill'],
] as const

interface OverrideLimitProps {
  readonly organizationId: string
  /** The limit to override; absent for a limit that the plan does not have. */
  readonly limit: OrganizationLimit | undefined
  readonly onClose: () => void
}

/** Overrides a plan's limit for one customer, with a reason and an optional end. */
export const OverrideLimit = ({ organizationId, limit, onClose }: OverrideLimitProps) => {
  const say = useToast()
  const [meter, setMeter] = useState(limit?.meter ?? '')
  const [window, setWindow] = useState<LimitOverrideInput['window']>(limit?.window ?? 'day')
  const [isUnlimited, setIsUnlimited] = useState(limit?.max === null)
  const [max, setMax] = useState(limit?.max === null || !limit ? '' : String(limit.max))
  const [behavior, setBehavior] = useState(limit?.behavior ?? 'hard')
  const [reason, setReason] = useState('')
  const [expires, setExpires] = useState('')
  const catalogs = useRead(
    ['catalog', 'inForce'],
    ({ catalog }, options) => catalog.inForce({}, options),
    // Only the administrator may read the catalog, and only a new limit needs a list of meters.
    { isWanted: !limit },
  )
  const override = useAct(
    ({ limits }, input: LimitOverrideInput) => limits.override({ organizationId, ...input }),
    {
      changes: ['customer', organizationId],
      onDone: ({ meter, window, max }) => {
        say(`${limitText(meter, window)}: ${maximumOf(meter, max)}, from now on.`)
        onClose()
      },
    },
  )
  const fault = (field: string) => faultOf(override.error, field)
  const send = () =>
    override.mutate({
      meter,
      window,
      max: isUnlimited ? null : Number(max),
      behavior,
      reason,
      ...(limit && limit.per !== 'organization' && { per: limit.per }),
      ...(limit?.burst != null && { burst: limit.burst }),
      ...(limit?.cap != null && behavior === 'overage' && { cap: limit.cap }),
      ...(expires !== '' && { expiresAt: startOfDay(expires) }),
    })
  return (
    <FormDialog
      title={limit ? `Override ${limitText(limit.meter, limit.window)}` : 'Set a limit'}
      act="Set the limit"
      isBusy={override.isPending}
      isReady={meter !== '' && (isUnlimited || isAmount(max)) && reason !== ''}
      error={override.error}
      onAct={send}
      onClose={onClose}
    >
      {!limit && (
        <>
          <Field label="Meter" fault={fault('meter')}>
            {(control) => (
              <select {...control} value={meter} onChange={(event) => setMeter(event.target.value)}>
                <option value="">choose</option>
                {metersOf(catalogs.data).map((key) => (
                  <option key={key}>{key}</option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Window" fault={fault('window')}>
            {(control) => (
              <select
                {...control}
                value={window}
                onChange={(event) => setWindow(event.target.value as LimitOverrideInput['window'])}
              >
                {WINDOWS.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            )}
          </Field>
        </>
      )}
      <TextField
        label="Maximum"
        fault={(isUnlimited ? undefined : amountFault(max)) ?? fault('max')}
        note={
          limit?.plan
            ? `Plan: ${maximumOf(limit.meter, limit.plan.max)}. Usage so far still counts.`
            : 'In whole units of the meter.'
        }
        inputMode="decimal"
        isDisabled={isUnlimited}
        value={isUnlimited ? '' : max}
        onChange={setMax}
      />
      <Check label="unlimited" isOn={isUnlimited} onChange={setIsUnlimited} />
      <Field label="Over the limit" fault={fault('behavior')}>
        {(control) => (
          <select
            {...control}
            value={behavior}
            onChange={(event) => setBehavior(event.target.value as typeof behavior)}
          >
            {BEHAVIORS.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      <TextField
        label="Reason"
        fault={fault('reason')}
        note="Shown beside the limit and in the audit log."
        value={reason}
        onChange={setReason}
      />
      <TextField
        label="Until"
        fault={fault('expiresAt')}
        note="The plan applies again from this day (UTC). Empty for no end."
        type="date"
        value={expires}
        onChange={setExpires}
      />
    </FormDialog>
  )
}

const metersOf = (
  catalogs: readonly { readonly document: Record<string, unknown> }[] | undefined,
): readonly string[] => {
  const keys = (catalogs ?? []).flatMap(({ document }) =>
    ((document.meters ?? []) as readonly { readonly key: string }[]).map(({ key }) => key),
  )
  return [...new Set(keys)].sort()
}
