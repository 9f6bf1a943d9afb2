import { CircleCheck, CircleDashed } from 'lucide-react'
import type { ReactNode } from 'react'
import css from './overview.module.css'

/** One setup step. `isDone` comes from the API; `undefined` if the API cannot tell. */
export const Step = ({
  title,
  isDone,
  children,
}: {
  readonly title: string
  readonly isDone: boolean | undefined
  readonly children: ReactNode
}) => (
  <li>
    <span className={css.sign} data-done={isDone || undefined}>
      {isDone ? (
        <CircleCheck size={18} aria-hidden="true" />
      ) : (
        <CircleDashed size={18} aria-hidden="true" />
      )}
      <span className="tg-visually-hidden">{isDone ? 'Done:' : 'To do:'}</span>
    </span>
    <div className={css.body}>
      <h3>{title}</h3>
      {children}
    </div>
  </li>
)
