import { type ReactNode, useId } from 'react'
import css from './field.module.css'

interface Control {
  readonly id: string
  readonly className: string
  readonly 'aria-describedby'?: string
  readonly 'aria-invalid'?: true
}

interface FieldProps {
  readonly label: string
  readonly note?: ReactNode
  /** The field's error, from the API. */
  readonly fault?: string | undefined
  readonly isInline?: boolean
  readonly children: (control: Control) => ReactNode
}

/** A label, a control and a note. */
export const Field = ({ label, note, fault, isInline = false, children }: FieldProps) => {
  const id = useId()
  const said = fault ?? note
  return (
    <div className={isInline ? css.inline : css.field}>
      <label htmlFor={id} className={css.label}>
        {label}
      </label>
      {children({
        id,
        className: css.control ?? '',
        ...(said !== undefined && { 'aria-describedby': `${id}-said` }),
        ...(fault !== undefined && { 'aria-invalid': true as const }),
      })}
      {said !== undefined && (
        <p
          id={`${id}-said`}
          className={fault === undefined ? css.note : css.fault}
          role={fault === undefined ? undefined : 'alert'}
        >
          {said}
        </p>
      )}
    </div>
  )
}

interface TextFieldProps extends Omit<FieldProps, 'children'> {
  readonly value: string
  readonly onChange: (text: string) => void
  readonly type?: 'text' | 'date' | 'time'
  readonly inputMode?: 'decimal'
  readonly isDisabled?: boolean
}

/** A single-line field. Amounts stay text, because the server parses them exactly. */
export const TextField = (props: TextFieldProps) => {
  const { value, onChange, type = 'text', inputMode, isDisabled = false, ...field } = props
  return (
    <Field {...field}>
      {(control) => (
        <input
          {...control}
          type={type}
          inputMode={inputMode}
          disabled={isDisabled}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

/** A checkbox with a label. */
export const Check = ({
  label,
  isOn,
  onChange,
}: {
  readonly label: ReactNode
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
}) => (
  <label className={css.check}>
    <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
    <span>{label}</span>
  </label>
)
