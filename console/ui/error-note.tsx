import type { TollgateError } from '../../src/client/index.ts'
import { Button } from './button.tsx'
import { Copy } from './copy.tsx'
import css from './notes.module.css'

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
      <strong>
        {error.code === 'forbidden' ? 'Not allowed here' : 'This could not be loaded'}
      </strong>
      : {error.message}
    </p>
    <div className={css.acts}>
      {onRetry && error.code !== 'forbidden' && <Button onClick={onRetry}>Try again</Button>}
      {error.requestId !== undefined && (
        <span className={css.request}>
          request <Copy text={error.requestId} />
        </span>
      )}
    </div>
  </div>
)
