import { useState } from 'react'
import type { LimitOutlook, UsageWarning } from '../../contract/insight.ts'
import { useWords } from '../hooks/context.ts'
import { Icon } from '../parts/icons.tsx'
import type { ClassOf } from '../parts/names.ts'
import type { LimitStanding } from '../words/messages.ts'
import { type Limit, standingOf } from './standing.ts'

interface WarningsProps {
  readonly warnings: readonly UsageWarning[]
  /** Needed to state the effect: further calls are refused, or billed. */
  readonly limits?: readonly (Limit | LimitOutlook)[] | undefined
  readonly levels?: readonly UsageWarning['level'][] | undefined
  readonly onUpgrade?: (() => void) | undefined
  /** Whether the user may dismiss a warning until it gets worse. */
  readonly isDismissible?: boolean
  readonly withoutForecasts?: boolean
  readonly classOf: ClassOf
}

const ALL_LEVELS = ['reached', 'near', 'forecast'] as const

/** Warnings, the most severe first. Renders nothing without one. */
export const Warnings = (props: WarningsProps) => {
  const { warnings, limits, onUpgrade, classOf, isDismissible = false } = props
  const levels: readonly string[] = props.levels ?? ALL_LEVELS
  const words = useWords()
  const { say } = words
  const [dismissed, setDismissed] = useState<readonly string[]>([])
  const shown = ALL_LEVELS.flatMap((level) =>
    warnings.filter(
      (warning) =>
        warning.level === level &&
        levels.includes(level) &&
        !dismissed.includes(`${warning.limit} ${level}`),
    ),
  )
  if (shown.length === 0) return null
  return (
    <ul className={classOf('warnings')}>
      {shown.map((warning) => {
        const limit = limits?.find((one) => one.limit === warning.limit)
        const standing = standingOfWarning(warning, limit)
        const [meter = '', window = ''] = warning.limit.split('/')
        return (
          <li
            key={`${warning.limit} ${warning.level}`}
            className={classOf('warning')}
            data-state={standing}
          >
            <Icon name={standing} />
            <p role={warning.level === 'reached' ? 'alert' : 'status'}>
              <b>
                {say.warning(warning, {
                  limit: words.limit(meter, window),
                  percent: words.percent(warning.percentageUsed),
                  date: warning.runsOutAt ? words.date(warning.runsOutAt, 'UTC') : undefined,
                })}
              </b>
              {warning.level === 'reached' && ` ${say.after[limit?.behavior ?? 'hard']}`}
            </p>
            {onUpgrade && (
              <button type="button" className="tg-button" onClick={onUpgrade}>
                {say.upgrade}
              </button>
            )}
            {isDismissible && (
              <button
                type="button"
                className="tg-icon-button"
                aria-label={say.dismiss}
                onClick={() => setDismissed([...dismissed, `${warning.limit} ${warning.level}`])}
              >
                <Icon name="close" />
              </button>
            )}
          </li>
        )
      })}
    </ul>
  )
}

const standingOfWarning = (
  warning: UsageWarning,
  limit: Limit | undefined,
): LimitStanding | 'forecast' => {
  if (warning.level === 'forecast') return 'forecast'
  if (warning.level === 'near') return 'near'
  return limit ? standingOf(limit, [warning]) : 'reached'
}
