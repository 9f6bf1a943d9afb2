import type { ReactNode } from 'react'
import { type Common, joined } from './names.ts'

interface RootProps extends Pick<Common, 'className'> {
  readonly block: string
  readonly label: string
  readonly state?: string | undefined
  readonly isBusy?: boolean | undefined
  readonly children: ReactNode
}

/** The root of every component: the stylesheet applies only inside it. */
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
