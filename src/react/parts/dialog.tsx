import { type ReactNode, useEffect, useId, useRef } from 'react'
import { joined } from './names.ts'

interface DialogProps {
  readonly title: string
  /** Called on Escape. */
  readonly onClose: () => void
  /** Escape is ignored, because a request is running or data would be lost. */
  readonly isHeld?: boolean
  readonly className?: string | undefined
  readonly children: ReactNode
}

/** The browser's modal dialog: above all host content, with the focus trapped inside. */
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
        // Browsers close at a second Escape even if `cancel` was prevented.
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
