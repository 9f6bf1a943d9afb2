import { type ReactNode, useId, useState } from 'react'
import { useWords } from '../hooks/context.ts'
import { Dialog } from '../parts/dialog.tsx'

interface ConfirmDialogProps {
  readonly title: string
  readonly text: ReactNode
  readonly act: string
  readonly isDangerous?: boolean
  /** The text that the user must type to confirm. */
  readonly typed?: string | undefined
  readonly onConfirm: () => Promise<unknown>
  readonly onClose: () => void
}

/** Explains the consequences before an action; Cancel has the focus. */
export const ConfirmDialog = (props: ConfirmDialogProps) => {
  const { title, text, act, isDangerous = false, typed, onConfirm, onClose } = props
  const { say } = useWords()
  const fieldId = useId()
  const [entered, setText] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  const confirm = async () => {
    setIsBusy(true)
    setFailure(undefined)
    try {
      await onConfirm()
    } catch (error) {
      setFailure(error instanceof Error && error.message ? error.message : say.failed)
      setIsBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onClose} isHeld={isBusy}>
      <p>{text}</p>
      {typed !== undefined && (
        <div className="tg-field">
          <label htmlFor={fieldId}>{say.typeName(typed)}</label>
          <input
            id={fieldId}
            value={entered}
            autoComplete="off"
            onChange={({ target }) => setText(target.value)}
          />
        </div>
      )}
      {failure && (
        <p className="tg-fault" role="alert">
          {failure}
        </p>
      )}
      <div className="tg-dialog__acts">
        {/* biome-ignore lint/a11y/noAutofocus: the safe action has the focus */}
        <button type="button" className="tg-button" autoFocus disabled={isBusy} onClick={onClose}>
          {say.cancel}
        </button>
        <button
          type="button"
          className="tg-button"
          data-primary=""
          data-dangerous={isDangerous ? '' : undefined}
          disabled={isBusy || (typed !== undefined && entered.trim() !== typed)}
          onClick={() => void confirm()}
        >
          {isBusy ? say.choosing : act}
        </button>
      </div>
    </Dialog>
  )
}
