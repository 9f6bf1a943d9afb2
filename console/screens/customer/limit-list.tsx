import type { LimitOutlook } from '../../../src/client/index.ts'
import { byPressure, limitText, sentence } from '../../../src/react/format/index.ts'
import { LimitCell, LimitState, usedOf } from '../../ui/limit-line.tsx'
import { Time } from '../../ui/time.tsx'
import css from './customer.module.css'

/** Limits as bars: used, held, projected and maximum; the highest percentage first. */
export const LimitList = ({ limits }: { readonly limits: readonly LimitOutlook[] }) => (
  <ul className={css.limits}>
    {[...limits].sort(byPressure).map((limit) => (
      <li key={limit.limit}>
        <span>
          {sentence(limitText(limit.meter, limit.window))}
          <small>
            {limit.overridden && 'overridden, '}
            {limit.resetAt === null ? (
              'freed as calls end'
            ) : (
              <>
                resets <Time at={limit.resetAt} form="relative" />
              </>
            )}
          </small>
        </span>
        <span className={css.figure}>{usedOf(limit)}</span>
        <LimitCell limit={limit} expected={limit.outlook?.expected} />
        <LimitState limit={limit} />
      </li>
    ))}
  </ul>
)
