import { Link } from '@tanstack/react-router'
import { counted } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import linkCss from '../../ui/link.module.css'
import css from './workflows.module.css'

const COUNTED = 100
const REQUEST = { state: 'stuck', limit: COUNTED } as const

/** The number of stuck runs, independent of the list's filters. Renders nothing at zero. */
export const StuckRuns = () => {
  const stuck = useRead(
    ['workflows', 'list', REQUEST],
    ({ workflows }, options) => workflows.list(REQUEST, options),
    { poll: true },
  )
  const count = stuck.data?.items.length ?? 0
  if (count === 0) return null
  return (
    <p className={css.stuck} role="status">
      <span>
        {stuck.data?.nextCursor
          ? `More than ${COUNTED} runs need`
          : counted(count, 'run needs', 'runs need')}{' '}
        a person: all attempts of a step failed.{' '}
        <Link to="/workflows" search={{ state: 'stuck' }} className={linkCss.link}>
          Show stuck runs
        </Link>
      </span>
    </p>
  )
}
