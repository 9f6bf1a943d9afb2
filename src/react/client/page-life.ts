/** Whether the page is visible, and when that changes. */
export interface PageLife {
  readonly isVisible: () => boolean
  /** Calls back when the page is shown, hidden, focused, frozen or back online. */
  readonly onChange: (call: () => void) => () => void
}

export const browserLife = (): PageLife => ({
  isVisible: () => typeof document === 'undefined' || document.visibilityState !== 'hidden',
  onChange: (call) => {
    if (typeof document === 'undefined') return () => {}
    const listened = [
      [document, 'visibilitychange'],
      [document, 'freeze'],
      [window, 'focus'],
      [window, 'online'],
      [window, 'pageshow'],
    ] as const
    for (const [target, name] of listened) target.addEventListener(name, call)
    return () => {
      for (const [target, name] of listened) target.removeEventListener(name, call)
    }
  },
})
