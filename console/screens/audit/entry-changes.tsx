import { counted } from '../../../src/react/format/index.ts'
import { Verbatim } from '../../ui/verbatim.tsx'
import css from './audit.module.css'

/** The most fields that are shown, and the length from which a value opens on demand. */
const MOST_FIELDS = 60
const LONG = 500

/** The old and new values, field by field. */
export const Changes = ({ old, now }: { readonly old: unknown; readonly now: unknown }) => {
  const before = new Map(flat(old))
  const after = new Map(flat(now))
  const fields = [...new Set([...before.keys(), ...after.keys()])]
  if (fields.length === 0) return null
  const shown = fields.slice(0, MOST_FIELDS)
  return (
    <>
      <table className={css.changes}>
        <thead>
          <tr>
            <th scope="col">Field</th>
            {before.size > 0 && <th scope="col">Before</th>}
            <th scope="col">{before.size > 0 ? 'After' : 'Value'}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((field) => (
            <tr key={field} data-changed={before.get(field) !== after.get(field) || undefined}>
              <th scope="row">{field}</th>
              {before.size > 0 && (
                <td>
                  <Value of={before.get(field)} label={`${field} before`} />
                </td>
              )}
              <td>
                <Value of={after.get(field)} label={`${field} after`} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {fields.length > shown.length && (
        <p className={css.muted}>
          {counted(fields.length - shown.length, 'more field')}; the JSON lines have all.
        </p>
      )}
    </>
  )
}

const Value = ({ of, label }: { readonly of: string | undefined; readonly label: string }) =>
  of !== undefined && of.length > LONG ? (
    <Verbatim label={label} isFolded>
      {of}
    </Verbatim>
  ) : (
    (of ?? '—')
  )

const flat = (value: unknown, path = ''): readonly (readonly [string, string])[] => {
  if (value === null || value === undefined) return []
  if (typeof value === 'object' && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, inner]) =>
      flat(inner, path === '' ? key : `${path}.${key}`),
    )
  }
  return [[path || 'value', typeof value === 'string' ? value : JSON.stringify(value)]]
}
