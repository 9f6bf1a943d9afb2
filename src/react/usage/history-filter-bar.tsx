import { useId } from 'react'
import { useWords } from '../hooks/context.ts'
import type { HistoryFilters } from '../hooks/use-usage-history.ts'
import type { ClassOf } from '../parts/names.ts'

export interface EventTypeChoice {
  readonly key: string
  readonly name: string
}

interface FilterBarProps {
  readonly filters: HistoryFilters
  readonly eventTypes?: readonly EventTypeChoice[] | undefined
  readonly onFilter: (some: HistoryFilters) => void
  readonly onClear?: (() => void) | undefined
  readonly classOf: ClassOf
}

/** Text filters apply on blur or Enter, not with each key. */
export const HistoryFilterBar = (props: FilterBarProps) => {
  const { filters, eventTypes, onFilter, onClear, classOf } = props
  const { say } = useWords()
  const typeId = useId()
  const texts = [
    { field: 'userId', label: say.user, type: 'text' },
    { field: 'startDate', label: say.from, type: 'date' },
    { field: 'endDate', label: say.to, type: 'date' },
  ] as const
  return (
    <form
      className={classOf('filters')}
      aria-label={say.filters}
      onSubmit={(event) => {
        event.preventDefault()
        const given = new FormData(event.currentTarget)
        const text = (name: string) => String(given.get(name) ?? '').trim() || undefined
        onFilter({
          eventType: text('eventType'),
          userId: text('userId'),
          startDate: text('startDate'),
          endDate: text('endDate'),
        })
      }}
    >
      <div className="tg-field">
        <label htmlFor={typeId}>{say.eventType}</label>
        {eventTypes ? (
          <select
            id={typeId}
            name="eventType"
            value={filters.eventType ?? ''}
            onChange={({ target }) => onFilter({ eventType: target.value || undefined })}
          >
            <option value="">{say.allTypes}</option>
            {eventTypes.map(({ key, name }) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        ) : (
          <TextFilter {...{ id: typeId, field: 'eventType', type: 'text', filters, onFilter }} />
        )}
      </div>
      {texts.map(({ field, label, type }) => (
        <div key={field} className="tg-field">
          <label htmlFor={`${typeId}${field}`}>{label}</label>
          <TextFilter {...{ id: `${typeId}${field}`, field, type, filters, onFilter }} />
        </div>
      ))}
      <button type="submit" className="tg-visually-hidden" tabIndex={-1}>
        {say.filters}
      </button>
      {onClear && (
        <button type="button" className="tg-link" onClick={onClear}>
          {say.clear}
        </button>
      )}
    </form>
  )
}

interface TextFilterProps {
  readonly id: string
  readonly field: 'eventType' | 'userId' | 'startDate' | 'endDate'
  readonly type: string
  readonly filters: HistoryFilters
  readonly onFilter: (some: HistoryFilters) => void
}

const TextFilter = ({ id, field, type, filters, onFilter }: TextFilterProps) => {
  const now = filters[field]
  const text = typeof now === 'string' ? now : ''
  return (
    <input
      // Remounts the field when its value changes from outside.
      key={text}
      id={id}
      name={field}
      type={type}
      defaultValue={text}
      autoComplete="off"
      onBlur={({ target }) => {
        const value = target.value.trim()
        if (value !== text) onFilter({ [field]: value || undefined })
      }}
    />
  )
}
