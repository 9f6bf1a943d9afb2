import { grouped } from '../../../src/core/grouped.ts'
import { EVENT_KINDS } from '../../generated/event-kinds.ts'
import { Check } from '../../ui/field.tsx'
import css from './webhooks.module.css'

const GROUPS = [...grouped(Object.keys(EVENT_KINDS), (kind) => kind.split('.')[0] ?? kind)].map(
  ([name, kinds]) => ({ name, all: `${name}.*`, kinds }),
)

/** Selects event kinds: all, a group, or single kinds. */
export const KindsField = ({
  kinds,
  whenNone = 'everything',
  onChange,
}: {
  readonly kinds: readonly string[]
  /** The effect of an empty selection. */
  readonly whenNone?: string
  readonly onChange: (kinds: readonly string[]) => void
}) => (
  <fieldset className={css.kinds}>
    <legend>Events {kinds.length === 0 && `(none selected: ${whenNone})`}</legend>
    {GROUPS.map((group) => (
      <Group key={group.name} group={group} kinds={kinds} onChange={onChange} />
    ))}
  </fieldset>
)

const Group = ({
  group: { name, all, kinds: ofGroup },
  kinds,
  onChange,
}: {
  readonly group: (typeof GROUPS)[number]
  readonly kinds: readonly string[]
  readonly onChange: (kinds: readonly string[]) => void
}) => {
  const isAll = kinds.includes(all)
  const chosen = ofGroup.filter((kind) => kinds.includes(kind)).length
  return (
    <details className={css.group}>
      <summary>
        <code>{name}</code>
        <span>{isAll ? 'all' : chosen === 0 ? '' : `${chosen} of ${ofGroup.length}`}</span>
      </summary>
      <Check
        label={
          <>
            All, including future ones: <code>{all}</code>
          </>
        }
        isOn={isAll}
        onChange={(isOn) =>
          onChange([
            ...kinds.filter((kind) => !kind.startsWith(`${name}.`)),
            ...(isOn ? [all] : []),
          ])
        }
      />
      {ofGroup.map((kind) => (
        <Check
          key={kind}
          label={
            <>
              <code>{kind}</code> <small>{EVENT_KINDS[kind]}</small>
            </>
          }
          isOn={isAll || kinds.includes(kind)}
          onChange={(isOn) => onChange(without(kinds, { kind, all, ofGroup }, isOn))}
        />
      ))}
    </details>
  )
}

/** Deselecting one kind of a selected group selects the others individually. */
const without = (
  kinds: readonly string[],
  {
    kind,
    all,
    ofGroup,
  }: { readonly kind: string; readonly all: string; readonly ofGroup: readonly string[] },
  isOn: boolean,
): readonly string[] => {
  const each = kinds.includes(all)
    ? [...kinds.filter((one) => one !== all), ...ofGroup]
    : [...kinds]
  return isOn ? [...each, kind] : each.filter((one) => one !== kind)
}
