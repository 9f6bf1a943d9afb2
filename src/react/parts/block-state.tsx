import type { ReactNode } from 'react'
import { TollgateError } from '../../contract/errors.ts'
import { NoToken } from '../client/read-token.ts'
import type { ReadStatus } from '../client/resource.ts'
import { useWords } from '../hooks/context.ts'
import { Icon } from './icons.tsx'

/** The read state of a block. Hooks provide it; it is absent if data come from props. */
export interface BlockReading {
  readonly status: ReadStatus
  readonly error?: Error | undefined
  /** When the figures were read. */
  readonly asOf?: string | undefined
  readonly retry?: (() => void) | undefined
}

/**
 * Replaces a block without data: gives the reason and a remedy. Another try cannot help where a
 * right is missing, so the server's sentence names the right instead.
 */
export const BlockNote = ({ reading }: { readonly reading: BlockReading }) => {
  const { say } = useWords()
  const { error, status } = reading
  const isToken = isOfToken(error)
  const isRefused = status === 'refused' && !isToken
  const retry = isRefused ? undefined : reading.retry
  return (
    <div className="tg-note" role="alert" data-state={status}>
      <Icon name="failed" />
      <p>{isToken ? say.noToken : isRefused ? say.refused : say.failed}</p>
      {isRefused && error && <p className="tg-note__id">{error.message}</p>}
      {error instanceof TollgateError && error.requestId !== undefined && (
        <p className="tg-note__id">{say.requestId(error.requestId)}</p>
      )}
      {retry && (
        <button type="button" className="tg-button" onClick={retry}>
          {say.retry}
        </button>
      )}
    </div>
  )
}

/** Whether a new token may help: the page got none, or the server accepts it no more. */
const isOfToken = (error: Error | undefined): boolean =>
  error instanceof NoToken || (error instanceof TollgateError && error.code === 'unauthenticated')

/** Marks stale figures with their age and offers a refresh. */
export const StaleNote = ({
  clock,
  retry,
}: {
  clock: string
  retry?: (() => void) | undefined
}) => {
  const { say } = useWords()
  return (
    <div className="tg-stale" role="status">
      <Icon name="failed" />
      <span>{say.stale(clock)}</span>
      {retry && (
        <button type="button" className="tg-link" onClick={retry}>
          {say.retry}
        </button>
      )}
    </div>
  )
}

export const isWithoutData = (status: ReadStatus | undefined): status is 'error' | 'refused' =>
  status === 'error' || status === 'refused'

/** Grey placeholder lines in the size of the content; they appear only if loading takes a while. */
export const Skeleton = ({ lines, tall }: { lines: number; tall?: 'chart' | 'tile' | 'row' }) => (
  <div className="tg-skeleton" aria-hidden="true">
    {Array.from({ length: lines }, (_, index) => (
      <span key={index} data-tall={tall} />
    ))}
  </div>
)

export const Heading = ({ children }: { readonly children: ReactNode }) => (
  <h3 className="tg-heading">{children}</h3>
)
