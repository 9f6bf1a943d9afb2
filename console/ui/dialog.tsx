import { X } from 'lucide-react'
import { type FormEvent, type ReactNode, useEffect, useId, useRef } from 'react'
import { TollgateError } from '../../src/client/index.ts'
import { Button } from './button.tsx'
import css from './dialog.module.css'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  /** A sheet stands beside what it is about; a box asks one thing. */
  readonly kind?: 'sheet' | 'box'
  /** Asked before it closes, where something would be lost. */
  readonly mayClose?: () => boolean
  readonly children: ReactNode
}

const FIELDS = 'input:not(:disabled), select:not(:disabled), textarea:not(:disabled)'

/** The browser's own dialog: on top of all, keeps the focus inside, gives it back at the end. */
export const Dialog = ({ title, onClose, kind = 'sheet', mayClose, children }: DialogProps) => {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    dialog?.showModal()
    // What is opened to fill in is filled in at once; the browser alone would take the close button.
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
  /** How one leaves it undone, where “Cancel” would be taken for the act. */
  readonly dismiss?: string
  readonly isDangerous?: boolean
  readonly isBusy: boolean
  readonly isReady?: boolean
  readonly error: Error | null
  readonly onAct: () => void
}

/** Asks for something and does it; the button names the act, and what was wrong is said above it. */
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
