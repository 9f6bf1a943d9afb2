import { useState } from 'react'
import { Field } from '../../ui/field.tsx'
import { Panel } from '../../ui/panel.tsx'
import css from './catalog.module.css'
import type { CatalogDocument } from './document.ts'

/** Edits the catalog as JSON, for fields without a form. */
export const JsonForm = ({
  document,
  onChange,
}: {
  readonly document: CatalogDocument
  readonly onChange: (document: CatalogDocument) => void
}) => {
  const [text, setText] = useState(() => JSON.stringify(document, null, 2))
  const [fault, setFault] = useState<string>()
  const set = (typed: string) => {
    setText(typed)
    try {
      onChange(JSON.parse(typed) as CatalogDocument)
      setFault(undefined)
    } catch (error) {
      setFault(error instanceof Error ? error.message : 'is not valid JSON')
    }
  }
  return (
    <Panel title="The document" note="as `tollgate catalog apply` takes it">
      <div className={css.json}>
        <Field label="JSON" fault={fault}>
          {(control) => (
            <textarea
              {...control}
              spellCheck={false}
              value={text}
              onChange={(event) => set(event.target.value)}
            />
          )}
        </Field>
      </div>
    </Panel>
  )
}
