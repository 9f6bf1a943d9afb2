import type { CatalogDiff } from '../../../src/client/index.ts'
import css from './catalog.module.css'
import type { CatalogDocument } from './document.ts'

export interface Selected {
  readonly part: 'eventTypes' | 'plans' | 'json'
  readonly key: string
}

interface PartsProps {
  readonly document: CatalogDocument
  readonly changes: CatalogDiff['changes']
  readonly selected: Selected
  readonly onSelect: (selected: Selected) => void
}

/** The editable parts of the catalog; changed ones are marked. */
export const Parts = ({ document, changes, selected, onSelect }: PartsProps) => {
  const item = (part: Selected['part'], key: string, name: string) => (
    <button
      key={key}
      type="button"
      title={key}
      aria-current={(part === selected.part && key === selected.key) || undefined}
      data-changed={changes.some(({ path }) => path.startsWith(`${part}.${key}`)) || undefined}
      onClick={() => onSelect({ part, key })}
    >
      {name}
    </button>
  )
  return (
    <div className={css.parts}>
      <h3>Plans</h3>
      {document.plans.map(({ key, name }) => item('plans', key, name))}
      <h3>Event types</h3>
      {document.eventTypes.map(({ key, name }) => item('eventTypes', key, name))}
      <h3>All of it</h3>
      {item('json', '', 'The document')}
    </div>
  )
}
