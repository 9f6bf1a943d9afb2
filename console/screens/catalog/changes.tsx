import css from './catalog.module.css'
import type { DraftDiff } from './use-draft-diff.ts'

const MOST_SHOWN = 60

/** The draft's differences from the active catalog, or its errors. */
export const Changes = ({ diff }: { readonly diff: DraftDiff }) => {
  if (diff.error) {
    const faults =
      diff.faults.length > 0 ? diff.faults : [{ field: '', message: diff.error.message }]
    return (
      <ul className={css.changes} aria-label="Errors">
        {faults.slice(0, MOST_SHOWN).map(({ field, message }) => (
          <li key={`${field} ${message}`} className={css.fault}>
            <code>{field}</code>
            {message}
          </li>
        ))}
      </ul>
    )
  }
  if (diff.changes.length === 0)
    return <p className={css.sum}>No changes from the version in force.</p>
  return (
    <ul className={css.changes} aria-label="Changes">
      {diff.changes.slice(0, MOST_SHOWN).map(({ path, change, before, after }) => (
        <li key={path}>
          <code>{path}</code>
          <span>
            {change !== 'added' && <del>{short(before)}</del>} {change === 'changed' && '→ '}
            {change !== 'removed' && <ins>{short(after)}</ins>}
          </span>
        </li>
      ))}
      {diff.changes.length > MOST_SHOWN && <li>and {diff.changes.length - MOST_SHOWN} more</li>}
    </ul>
  )
}

const MAX_LENGTH = 160

const short = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '—')
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
}
