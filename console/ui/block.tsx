import type { ReactNode } from 'react'
import { clockText } from '../../src/react/format/index.ts'
import type { Read } from '../api/use-api.ts'
import { ErrorNote } from './error-note.tsx'
import css from './notes.module.css'

interface BlockProps<Answer> {
  readonly of: Pick<Read<Answer>, 'isPending' | 'data' | 'error' | 'isError' | 'dataUpdatedAt'> & {
    readonly refetch: () => unknown
  }
  /** The number of skeleton lines, so that the layout does not shift. */
  readonly lines?: number
  /** The shape of the skeleton: the lines of a panel, or a screen of tiles and panels. */
  readonly shape?: 'lines' | 'board'
  readonly children: (answer: Answer) => ReactNode
}

/**
 * A block that loads by itself: a skeleton, then its content or an error. If a refresh fails, the
 * old content stays, with its time.
 */
export const Block = <Answer,>({
  of,
  lines = 4,
  shape = 'lines',
  children,
}: BlockProps<Answer>) => {
  if (of.isPending) return shape === 'board' ? <BoardSkeleton /> : <Skeleton lines={lines} />
  if (of.data === undefined) {
    if (!of.error) return null
    const note = <ErrorNote error={of.error} onRetry={() => of.refetch()} />
    return shape === 'board' ? <div className={css.framed}>{note}</div> : note
  }
  return (
    <>
      {of.isError && (
        <p className={css.stale} role="status">
          As of {clockText(of.dataUpdatedAt, { timeZone: localZone() })} your time:{' '}
          {of.error?.message}
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

/** As high as the content, so that the layout does not shift. */
const BoardSkeleton = () => (
  <div className={css.board} role="status" aria-label="Loading">
    <i className={css.framed} />
    <div>
      <i className={css.framed} />
      <i className={css.framed} />
    </div>
    <i className={css.framed} />
  </div>
)

/** An empty state: what belongs here, why nothing is there, and what to do. */
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
