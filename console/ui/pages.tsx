import { Button } from './button.tsx'

/** Pagination: next page, and back to the start. Renders nothing for a single page. */
export const Pages = ({
  cursor,
  next,
  size,
  first = 'Latest',
  onGo,
}: {
  readonly cursor: string | undefined
  readonly next: string | null | undefined
  readonly size: number
  readonly first?: string
  readonly onGo: (cursor: string | undefined) => void
}) =>
  cursor === undefined && !next ? null : (
    <div>
      {cursor !== undefined && <Button onClick={() => onGo(undefined)}>{first}</Button>}{' '}
      {next && <Button onClick={() => onGo(next)}>Next {size}</Button>}
    </div>
  )
