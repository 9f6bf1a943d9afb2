import type { ReactNode } from 'react'
import css from './tabs.module.css'

/** Places of one thing, side by side. On a phone the row is scrolled, with the present one in view. */
export const Tabs = ({
  label,
  children,
}: {
  readonly label: string
  readonly children: ReactNode
}) => (
  <nav className={css.tabs} aria-label={label}>
    {children}
  </nav>
)

export const tabClass: string = css.tab ?? ''
