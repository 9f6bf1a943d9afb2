import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'
import css from './toasts.module.css'

interface Toast {
  readonly id: number
  readonly text: ReactNode
}

const ToastContext = createContext<(text: ReactNode) => void>(() => {})

/** Shows a confirmation. It disappears by itself and covers no content. */
export const useToast = () => useContext(ToastContext)

const SHOWN_MS = 6_000

export const ToastProvider = ({ children }: { readonly children: ReactNode }) => {
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const say = useCallback((text: ReactNode) => {
    const id = performance.now()
    setToasts((now) => [...now.slice(-2), { id, text }])
    setTimeout(() => setToasts((now) => now.filter((toast) => toast.id !== id)), SHOWN_MS)
  }, [])
  return (
    <ToastContext value={say}>
      {children}
      <div className={css.toasts} role="status" aria-live="polite">
        {toasts.map(({ id, text }) => (
          <div key={id} className={css.toast}>
            {text}
          </div>
        ))}
      </div>
    </ToastContext>
  )
}
