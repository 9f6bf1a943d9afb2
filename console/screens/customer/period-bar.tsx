import { counted, spanText, UTC, zoneText } from '../../../src/react/format/index.ts'
import { useNow } from '../../ui/time.tsx'
import css from './customer.module.css'

const DAY_MS = 86_400_000
/** Billing periods are UTC days, whatever time zone is selected. */

/** The elapsed share of the billing period. */
export const PeriodBar = ({
  period,
}: {
  readonly period: { readonly start: string; readonly end: string }
}) => {
  const now = useNow()
  const startMs = Date.parse(period.start)
  const endMs = Date.parse(period.end)
  const passed = Math.max(0, Math.min(1, (now - startMs) / (endMs - startMs)))
  const left = Math.max(0, Math.ceil((endMs - now) / DAY_MS))
  return (
    <span className={css.period}>
      {spanText(period, UTC)} {zoneText('UTC')}
      <svg width="96" height="4" aria-hidden="true">
        <rect width="96" height="4" rx="2" className={css.track} />
        <rect width={Math.round(96 * passed)} height="4" rx="2" className={css.passed} />
      </svg>
      {counted(left, 'day')} left
    </span>
  )
}
