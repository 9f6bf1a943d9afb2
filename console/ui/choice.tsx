import { Field } from './field.tsx'

/** A choice among a few words, for a heading line. */
export const Choice = <Value extends string>({
  label,
  value,
  options,
  words = (one) => one,
  onSet,
}: {
  readonly label: string
  readonly value: Value
  readonly options: readonly Value[]
  readonly words?: (value: Value) => string
  readonly onSet: (value: Value) => void
}) => (
  <Field label={label} isInline>
    {(control) => (
      <select {...control} value={value} onChange={(event) => onSet(event.target.value as Value)}>
        {options.map((option) => (
          <option key={option} value={option}>
            {words(option)}
          </option>
        ))}
      </select>
    )}
  </Field>
)
