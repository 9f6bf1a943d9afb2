import type { Dispatch, SetStateAction } from 'react'
import { SEVERITIES } from '../../../src/core/severity.ts'
import { faultOf } from '../../ui/faults.ts'
import { Field, TextField } from '../../ui/field.tsx'
import css from '../alerts/alerts.module.css'
import { KindsField } from '../webhooks/kinds-field.tsx'
import type { ChannelValues } from './channel-values.ts'

interface ChannelFieldsProps {
  readonly values: ChannelValues
  readonly error: Parameters<typeof faultOf>[0]
  /** The visible part of an existing channel's address. */
  readonly present?: string
  readonly onChange: Dispatch<SetStateAction<ChannelValues>>
}

/** A channel's address, event kinds and times. */
export const ChannelFields = (props: ChannelFieldsProps) => {
  const { values, error, present, onChange } = props
  const set = (patch: Partial<ChannelValues>) => onChange((now) => ({ ...now, ...patch }))
  return (
    <>
      <Target {...{ values, error, present, set }} />
      <TextField
        label="Name"
        note="A display name, such as On call."
        fault={faultOf(error, 'name')}
        value={values.name}
        onChange={(name) => set({ name })}
      />
      <Field
        label="Minimum severity"
        note="Less severe alerts are not sent."
        fault={faultOf(error, 'minimumSeverity')}
      >
        {(control) => (
          <select
            {...control}
            value={values.minimumSeverity}
            onChange={({ target }) => {
              const minimumSeverity = SEVERITIES.find((one) => one === target.value)
              if (minimumSeverity) set({ minimumSeverity })
            }}
          >
            {SEVERITIES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </Field>
      <Times {...{ values, error, set }} />
      <KindsField kinds={values.kinds} whenNone="alerts" onChange={(kinds) => set({ kinds })} />
    </>
  )
}

type PartProps = Pick<ChannelFieldsProps, 'values' | 'error'> & {
  readonly set: (patch: Partial<ChannelValues>) => void
}

const Target = ({
  values,
  error,
  present,
  set,
}: PartProps & { readonly present: string | undefined }) => {
  const isSlack = values.kind === 'slack'
  const isKept = isSlack && present !== undefined
  return (
    <TextField
      label={isSlack ? 'Slack incoming webhook' : 'E-mail address'}
      note={
        isKept
          ? `Leave empty to keep the current one, which ends in ${present}.`
          : isSlack
            ? 'https://hooks.slack.com/… It is a secret: only its end is shown later.'
            : 'One address. Each mail says how to unsubscribe.'
      }
      fault={faultOf(error, 'target')}
      value={values.target}
      onChange={(target) => set({ target })}
    />
  )
}

const Times = ({ values, error, set }: PartProps) => (
  <>
    <Field
      label="Time zone"
      note="For the times below and in messages."
      fault={faultOf(error, 'zone')}
    >
      {(control) => (
        <select
          {...control}
          value={values.zone}
          onChange={({ target }) => set({ zone: target.value })}
        >
          {zonesWith(values.zone).map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </select>
      )}
    </Field>
    <fieldset className={css.pair}>
      <TextField
        label="Quiet from"
        note="Empty for no quiet hours. Critical alerts are always sent."
        fault={faultOf(error, 'quietHours') ?? faultOf(error, 'from')}
        type="time"
        value={values.quietFrom}
        onChange={(quietFrom) => set({ quietFrom })}
      />
      <TextField
        label="Quiet until"
        note="An earlier time means the next day."
        fault={faultOf(error, 'until')}
        type="time"
        value={values.quietUntil}
        onChange={(quietUntil) => set({ quietUntil })}
      />
    </fieldset>
    <TextField
      label="Daily digest at"
      note="Empty to send alerts at once. Critical alerts never wait."
      fault={faultOf(error, 'digestAt')}
      type="time"
      value={values.digestAt}
      onChange={(digestAt) => set({ digestAt })}
    />
  </>
)

/** UTC first, then the browser's zones, and always the current one. */
const zonesWith = (present: string): readonly string[] => [
  ...new Set(['UTC', present, ...Intl.supportedValuesOf('timeZone')]),
]
