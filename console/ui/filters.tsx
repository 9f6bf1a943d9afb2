import type { ReactNode } from 'react'
import css from './filters.module.css'

/** What narrows a list, in one line that wraps. */
export const Filters = ({ children }: { readonly children: ReactNode }) => (
  <div className={css.filters}>{children}</div>
)
