import type { ReactNode } from 'react'
import { clockText } from '../../src/react/format/index.ts'
import type { Read } from '../api/use-api.ts'
import { ErrorNote } from './error-note.tsx'
import css from './notes.module.css'

interface BlockProps<Answer> {
  readonly of: Read<Answer>
  /** How many lines its skeleton has, so that nothing jumps when the figures come. */
  readonly lines?: number
  readonly children: (answer: Answer) => ReactNode
}

/**
 * A block for itself: its skeleton, its figures, what keeps it from them. Figures that cannot be
 * read again stay, and say how old they are.
 */
export const Block = <Answer,>({ of, lines = 4, children }: BlockProps<Answer>) => {
  if (of.isPending) return <Skeleton lines={lines} />
  if (of.data === undefined) {
    return of.error ? <ErrorNote error={of.error} onRetry={() => of.refetch()} /> : null
  }
  return (
    <>
      {of.isError && (
        <p className={css.stale} role="status">
          As of {clockText(of.dataUpdatedAt, { timeZone: localZone() })} your time:{' '}
          {of.error.message}
        </p>
      )}
      {children(of.data)}
    </>
  )
}

const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

const Skeleton = ({ lines }: { readonly lines: number }) => (
  <div className={css.skeleton} role="status" aria-label="Loading">
    {Array.from({ length: lines }, (_, line) => (
      <i key={line} />
    ))}
  </div>
)

/** Nothing is there: what it would be, why there is none, and what to do. */
export const Empty = ({
  title,
  children,
  act,
}: {
  readonly title: string
  readonly children?: ReactNode
  readonly act?: ReactNode
}) => (
  <div className={css.empty}>
    <strong>{title}</strong>
    {children && <p>{children}</p>}
    {act && <div>{act}</div>}
  </div>
)
