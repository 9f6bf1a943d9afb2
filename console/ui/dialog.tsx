import { X } from 'lucide-react'
import { type FormEvent, type ReactNode, useEffect, useId, useRef } from 'react'
import { TollgateError } from '../../src/client/index.ts'
import { Button } from './button.tsx'
import css from './dialog.module.css'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  /** A sheet opens beside its subject; a box asks one question. */
  readonly kind?: 'sheet' | 'box'
  /** Asked before closing, if data would be lost. */
  readonly mayClose?: () => boolean
  readonly children: ReactNode
}

const FIELDS = 'input:not(:disabled), select:not(:disabled), textarea:not(:disabled)'

/** The browser's modal dialog: on top, with the focus trapped inside and restored at the end. */
export const Dialog = ({ title, onClose, kind = 'sheet', mayClose, children }: DialogProps) => {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    dialog?.showModal()
    // Focuses the first field; the browser would focus the close button.
    dialog?.querySelector<HTMLElement>(FIELDS)?.focus()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  const close = () => {
    if (mayClose?.() ?? true) onClose()
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the dialog's own
    <dialog
      ref={ref}
      className={css[kind]}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        close()
      }}
      onClick={(event) => {
        if (event.target === ref.current) close()
      }}
    >
      <div className={css.inside}>
        <header className={css.head}>
          <h2 id={id}>{title}</h2>
          <button type="button" className={css.close} onClick={close} aria-label="Close">
            <X size={16} aria-hidden="true" />
          </button>
        </header>
        <div className={css.body}>{children}</div>
      </div>
    </dialog>
  )
}

interface FormDialogProps extends DialogProps {
  readonly act: string
  /** The label of the dismiss button, if "Cancel" could be mistaken for the action. */
  readonly dismiss?: string
  readonly isDangerous?: boolean
  readonly isBusy: boolean
  readonly isReady?: boolean
  readonly error: Error | null
  readonly onAct: () => void
}

/** A dialog with a form. The button names the action; errors appear above it. */
export const FormDialog = (props: FormDialogProps) => {
  const { act, dismiss = 'Cancel', isDangerous = false, isBusy, isReady = true, error } = props
  const { onAct, children } = props
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onAct()
  }
  return (
    <Dialog {...props}>
      <form onSubmit={submit} className={css.form}>
        {children}
        {error && (
          <p className={css.fault} role="alert">
            {error.message}
            {error instanceof TollgateError && error.requestId !== undefined && (
              <small> request {error.requestId}</small>
            )}
          </p>
        )}
        <footer className={css.foot}>
          <Button onClick={props.onClose}>{dismiss}</Button>
          <Button
            kind={isDangerous ? 'danger' : 'primary'}
            type="submit"
            isBusy={isBusy}
            disabled={!isReady}
          >
            {act}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
