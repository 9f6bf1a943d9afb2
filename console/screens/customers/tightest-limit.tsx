import type { Customer } from '../../../src/client/index.ts'
import { limitText, standingAt } from '../../../src/react/format/index.ts'
import { LimitCell } from '../../ui/limit-line.tsx'
import css from './customers.module.css'

/** The limit with the highest percentage used. */
export const TightestLimit = ({ of }: { readonly of: Customer }) => {
  const { tightestLimit, standing, percentageUsed } = of
  if (tightestLimit === null || standing === null) return <span>—</span>
  const [meter = '', window = ''] = tightestLimit.limit.split('/')
  return (
    <span className={css.limit}>
      <LimitCell
        limit={{ ...tightestLimit, meter, window, percentageUsed }}
        standing={standingAt(standing, tightestLimit.behavior)}
      />
      <small title={tightestLimit.limit}>{limitText(meter, window)}</small>
    </span>
  )
}
