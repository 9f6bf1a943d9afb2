import { type ReactNode, useId } from 'react'
import css from './panel.module.css'

interface PanelProps {
  readonly title: string
  /** The range, the time zone or the source of the content. */
  readonly note?: ReactNode
  readonly acts?: ReactNode
  readonly isFlush?: boolean
  readonly children: ReactNode
}

/** A framed block of a screen. Panels are never nested. */
export const Panel = ({ title, note, acts, isFlush = false, children }: PanelProps) => {
  const id = useId()
  return (
    <section className={css.panel} aria-labelledby={id}>
      <header className={css.head}>
        <h2 id={id}>{title}</h2>
        {note && <p className={css.note}>{note}</p>}
        {acts && <div className={css.acts}>{acts}</div>}
      </header>
      <div className={isFlush ? css.flush : css.body}>{children}</div>
    </section>
  )
}

/** Panels in columns: one column below 1100 px, otherwise a main one with facts beside it. */
export const Columns = ({ children }: { readonly children: ReactNode }) => (
  <div className={css.columns}>{children}</div>
)
export const Halves = ({ children }: { readonly children: ReactNode }) => (
  <div className={css.halves}>{children}</div>
)
export const Stack = ({ children }: { readonly children: ReactNode }) => (
  <div className={css.stack}>{children}</div>
)

/** A screen: title, note and actions. */
export const Screen = ({
  title,
  note,
  acts,
  children,
}: {
  readonly title: ReactNode
  readonly note?: ReactNode
  readonly acts?: ReactNode
  readonly children: ReactNode
}) => (
  <div className={css.screen}>
    <header className={css.screenHead}>
      <div>
        <h1>{title}</h1>
        {note && <p className={css.note}>{note}</p>}
      </div>
      {acts && <div className={css.acts}>{acts}</div>}
    </header>
    {children}
  </div>
)
