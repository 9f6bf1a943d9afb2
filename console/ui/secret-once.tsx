import { type ReactNode, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import css from './secret-once.module.css'

/** Shows a secret once. Closing asks for confirmation, unless the secret was copied. */
export const SecretOnce = ({
  secret,
  what = 'key',
  children,
  onClose,
}: {
  readonly secret: string
  /** The kind of secret, such as a key. */
  readonly what?: string
  readonly children?: ReactNode
  readonly onClose: () => void
}) => {
  const [isCopied, setIsCopied] = useState(false)
  const [isAsking, setIsAsking] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(secret)
    setIsCopied(true)
  }
  const mayClose = () => {
    if (!isCopied) setIsAsking(true)
    return isCopied
  }
  return (
    <Dialog title={`Save this ${what} now`} kind="box" onClose={onClose} mayClose={mayClose}>
      <div className={css.inside}>
        <p>It is shown only once. Store it before you close this dialog.</p>
        <code className={css.secret}>{secret}</code>
        {children}
        <div className={css.acts}>
          {isAsking && !isCopied && (
            <Button kind="danger" onClick={onClose}>
              Close without copying
            </Button>
          )}
          <Button kind={isCopied ? 'plain' : 'primary'} onClick={copy}>
            {isCopied ? 'Copied' : `Copy the ${what}`}
          </Button>
          {isCopied && (
            <Button kind="primary" onClick={onClose}>
              Done
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  )
}
