import { useId, useState } from 'react'
import { useWords } from '../hooks/context.ts'
import { Dialog } from '../parts/dialog.tsx'
import type { NewKey } from './key-actions.ts'

interface CreateDialogProps {
  /** The scopes offered; without them a key gets Tollgate's defaults. */
  readonly scopes?: readonly string[] | undefined
  readonly onCreate: (input: NewKey) => Promise<unknown>
  readonly onClose: () => void
}

const DAY_MS = 86_400_000
const LIVES_DAYS = [30, 90, 365] as const

export const CreateDialog = ({ scopes, onCreate, onClose }: CreateDialogProps) => {
  const { say } = useWords()
  const id = useId()
  const [isBusy, setIsBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  const submit = async (form: HTMLFormElement) => {
    const given = new FormData(form)
    const days = Number(given.get('days'))
    const chosen = given.getAll('scopes').map(String)
    setIsBusy(true)
    setFailure(undefined)
    try {
      await onCreate({
        name: String(given.get('name')).trim(),
        scopes: chosen.length > 0 ? chosen : undefined,
        expiresAt: days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : undefined,
      })
    } catch (error) {
      setFailure(error instanceof Error && error.message ? error.message : say.failed)
      setIsBusy(false)
    }
  }
  return (
    <Dialog title={say.createKey} onClose={onClose} isHeld={isBusy}>
      <form
        className="tg-form"
        onSubmit={(event) => {
          event.preventDefault()
          void submit(event.currentTarget)
        }}
      >
        <div className="tg-field">
          <label htmlFor={`${id}name`}>{say.name}</label>
          <input id={`${id}name`} name="name" required maxLength={200} autoComplete="off" />
        </div>
        {scopes && (
          <fieldset className="tg-field">
            <legend>{say.scopes}</legend>
            {scopes.map((scope) => (
              <label key={scope} className="tg-choice">
                <input type="checkbox" name="scopes" value={scope} /> {say.scope(scope)}
              </label>
            ))}
          </fieldset>
        )}
        <div className="tg-field">
          <label htmlFor={`${id}days`}>{say.expires}</label>
          <select id={`${id}days`} name="days" defaultValue="0">
            <option value="0">{say.never}</option>
            {LIVES_DAYS.map((days) => (
              <option key={days} value={days}>
                {say.days(days)}
              </option>
            ))}
          </select>
        </div>
        {failure && (
          <p className="tg-fault" role="alert">
            {failure}
          </p>
        )}
        <div className="tg-dialog__acts">
          <button type="button" className="tg-button" disabled={isBusy} onClick={onClose}>
            {say.cancel}
          </button>
          <button type="submit" className="tg-button" data-primary="" disabled={isBusy}>
            {isBusy ? say.creating : say.createKey}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
