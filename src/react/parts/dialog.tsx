import { type ReactNode, useEffect, useId, useRef } from 'react'
import { joined } from './names.ts'

interface DialogProps {
  readonly title: string
  /** Asked to close, by Escape. */
  readonly onClose: () => void
  /** Escape does nothing: something is under way, or would be lost. */
  readonly isHeld?: boolean
  readonly className?: string | undefined
  readonly children: ReactNode
}

/** The browser's own dialog: above all that the host has, with the focus kept inside. */
export const Dialog = ({ title, onClose, isHeld = false, className, children }: DialogProps) => {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = ref.current
    if (dialog && !dialog.open) dialog.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      className={joined('tg-dialog', className)}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        if (!isHeld) onClose()
      }}
      onKeyDown={(event) => {
        // A browser lets a second Escape through whatever its event is told.
        if (event.key === 'Escape') {
          event.preventDefault()
          if (!isHeld) onClose()
        }
      }}
    >
      <h3 id={titleId} className="tg-title">
        {title}
      </h3>
      {children}
    </dialog>
  )
}
