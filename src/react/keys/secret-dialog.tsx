import { useEffect, useId, useState } from 'react'
import { useWords } from '../hooks/context.ts'
import { Dialog } from '../parts/dialog.tsx'

/** Shows a new key once. Only the button that confirms it was saved closes the dialog. */
export const SecretDialog = ({ secret, onKept }: { secret: string; onKept: () => void }) => {
  const { say } = useWords()
  const fieldId = useId()
  const [isCopied, setIsCopied] = useState(false)
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [])
  return (
    <Dialog title={say.secretTitle} onClose={() => {}} isHeld>
      <p>{say.secretText}</p>
      <div className="tg-field">
        <label htmlFor={fieldId}>{say.keys}</label>
        <div className="tg-secret">
          <input
            id={fieldId}
            className="tg-mono"
            readOnly
            value={secret}
            onFocus={({ target }) => target.select()}
          />
          <button
            type="button"
            className="tg-button"
            onClick={() => {
              void navigator.clipboard?.writeText(secret).then(() => setIsCopied(true))
            }}
          >
            {isCopied ? say.copied : say.copy}
          </button>
        </div>
      </div>
      <div className="tg-dialog__acts">
        <button type="button" className="tg-button" data-primary="" onClick={onKept}>
          {say.secretKept}
        </button>
      </div>
    </Dialog>
  )
}
