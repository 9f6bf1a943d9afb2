import { TollgateError } from '../../src/client/index.ts'
import { Button } from './button.tsx'
import { Copy } from './copy.tsx'
import css from './notes.module.css'

/** Errors that another try does not change. */
const TITLES: Partial<Record<TollgateError['code'], string>> = {
  forbidden: 'Not allowed here',
  not_found: 'Not found',
}

/** An error: what happened, to what, and how to continue. */
export const ErrorNote = ({
  error,
  onRetry,
}: {
  readonly error: TollgateError
  readonly onRetry?: () => void
}) => (
  <div className={css.error} role="alert">
    <p>
      <strong>{TITLES[error.code] ?? 'This could not be loaded'}</strong>:{' '}
      {error.code === 'not_found'
        ? 'nothing has this address. It may have been removed, or the link may be wrong.'
        : error.message}
    </p>
    <div className={css.acts}>
      {onRetry && !(error.code in TITLES) && <Button onClick={onRetry}>Try again</Button>}
      {error.requestId !== undefined && (
        <span className={css.request}>
          request <Copy text={error.requestId} />
        </span>
      )}
    </div>
  </div>
)

/** Why an action failed, near its button. */
export const ActError = ({ of }: { readonly of: Error | null }) =>
  of && (
    <p className={css.failed} role="alert">
      {of.message}
      {of instanceof TollgateError && of.requestId !== undefined && (
        <small> request {of.requestId}</small>
      )}
    </p>
  )
