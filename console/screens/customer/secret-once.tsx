import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import css from './customer.module.css'

/** A secret that is shown this once. It asks before it goes, unless it was copied. */
export const SecretOnce = ({
  secret,
  onClose,
}: {
  readonly secret: string
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
    <Dialog title="The key, this once" kind="box" onClose={onClose} mayClose={mayClose}>
      <div className={css.below}>
        <p>It is kept nowhere but where you put it. Store it before you close this.</p>
        <div className={css.secret}>
          <code>{secret}</code>
        </div>
        <div className={css.acts}>
          {isAsking && !isCopied && (
            <Button kind="danger" onClick={onClose}>
              Close without copying
            </Button>
          )}
          <Button kind={isCopied ? 'plain' : 'primary'} onClick={copy}>
            {isCopied ? 'Copied' : 'Copy the key'}
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
