import type { ReactNode } from 'react'
import css from './filters.module.css'

/** The filters of a list, in one line that wraps. */
export const Filters = ({ children }: { readonly children: ReactNode }) => (
  <div className={css.filters}>{children}</div>
)
