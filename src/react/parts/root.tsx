import type { ReactNode } from 'react'
import { type Common, joined } from './names.ts'

interface RootProps extends Pick<Common, 'className'> {
  readonly block: string
  readonly label: string
  readonly state?: string | undefined
  readonly isBusy?: boolean | undefined
  readonly children: ReactNode
}

/** Around every component: all that our stylesheet says holds inside of it, and nowhere else. */
export const Root = ({ block, label, state, isBusy, className, children }: RootProps) => (
  <section
    className={joined('tg-root', `tg-${block}`, className)}
    aria-label={label}
    aria-busy={isBusy || undefined}
    data-state={state}
  >
    {children}
  </section>
)
