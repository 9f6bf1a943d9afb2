'use client'
import type { UsageWarning } from '../../contract/insight.ts'
import { LimitBar } from '../charts/limit-bar.tsx'
import type { ReadStatus } from '../client/resource.ts'
import { useWords } from '../hooks/context.ts'
import { useUsageDashboard } from '../hooks/use-usage-dashboard.ts'
import { useUsageStream } from '../hooks/use-usage-stream.ts'
import { Icon } from '../parts/icons.tsx'
import { type Common, classesOf, joined } from '../parts/names.ts'
import { limitSentence, resetText, usedText } from './limit-row.tsx'
import { type Limit, standingOf, tightestOf } from './standing.ts'

interface Look extends Common {
  readonly variant?: 'bar' | 'ring' | 'text' | undefined
  readonly showReset?: boolean | undefined
}

interface Given extends Look {
  /** An entry of `limits` from the current usage or the dashboard. */
  readonly value: Limit
  readonly warnings?: readonly UsageWarning[] | undefined
  readonly at?: string | undefined
  readonly status?: ReadStatus | undefined
}

interface Read extends Look {
  readonly organizationId?: string | undefined
  /** A limit such as `credits/period`; by default the one with the highest percentage used. */
  readonly limit?: string | undefined
  /** Selects the first limit of this meter. */
  readonly meter?: string | undefined
}

export type UsageIndicatorProps = Given | Read

/** One limit in compact form, live. */
export const UsageIndicator = (props: UsageIndicatorProps) =>
  'value' in props ? <IndicatorView {...props} /> : <ReadIndicator {...props} />

const ReadIndicator = ({ organizationId, limit, meter, ...look }: Read) => {
  const { usage, status } = useUsageStream(organizationId)
  const { dashboard } = useUsageDashboard(organizationId)
  const { say } = useWords()
  const value = usage?.limits.find((one) =>
    limit !== undefined ? one.limit === limit : one.meter === meter,
  )
  const shown = limit === undefined && meter === undefined ? tightestOf(usage?.limits ?? []) : value
  if (shown) {
    return (
      <IndicatorView
        {...{ ...look, value: shown, warnings: dashboard?.warnings, at: usage?.at, status }}
      />
    )
  }
  return (
    <span
      className={joined('tg-root', 'tg-indicator', look.className)}
      data-variant={look.variant ?? 'bar'}
      data-state={status}
      aria-busy={status === 'loading' || undefined}
    >
      {status === 'loading' ? (
        <span className="tg-skeleton" aria-hidden="true">
          <span />
        </span>
      ) : (
        <span className="tg-fact">
          {usage ? say.noLimits : status === 'refused' ? say.refused : say.failed}
        </span>
      )}
    </span>
  )
}

const IndicatorView = (props: Given) => {
  const { value, warnings, at, status, variant = 'bar', showReset = false, className } = props
  const words = useWords()
  const classOf = classesOf('indicator', props.parts)
  const standing = standingOf(value, warnings)
  const sentence = limitSentence(words, value, warnings)
  return (
    <span
      className={joined('tg-root', 'tg-indicator', className)}
      data-variant={variant}
      data-state={status === 'stale' ? 'stale' : standing}
      data-standing={standing}
    >
      {variant === 'ring' && <Ring limit={value} label={sentence} />}
      <span className={classOf('words')}>
        <span className={classOf('name')}>
          {standing !== 'ok' && standing !== 'unlimited' && <Icon name={standing} />}
          {words.limit(value.meter, value.window)}
        </span>
        <span className={classOf('used')}>{usedText(words, value)}</span>
      </span>
      {variant === 'bar' && (
        <LimitBar
          state={standing}
          used={value.used}
          held={value.held}
          max={value.max}
          label={sentence}
        />
      )}
      {showReset && value.resetAt !== null && (
        <span className={classOf('reset')}>{resetText(words, value.resetAt, at)}</span>
      )}
    </span>
  )
}

const RADIUS = 8
const AROUND = 2 * Math.PI * RADIUS

/** A progress ring; without a maximum it is not drawn. */
const Ring = ({ limit, label }: { readonly limit: Limit; readonly label: string }) => {
  const { used, max } = limit
  if (max === null) return null
  const share = max > 0 ? Math.min(1, used / max) : 1
  return (
    <svg
      className="tg-ring"
      viewBox="0 0 20 20"
      width="20"
      height="20"
      role="img"
      aria-label={label}
    >
      <circle cx="10" cy="10" r={RADIUS} fill="none" strokeWidth="3" className="tg-ring__track" />
      <circle
        cx="10"
        cy="10"
        r={RADIUS}
        fill="none"
        strokeWidth="3"
        strokeDasharray={`${(AROUND * share).toFixed(3)} ${AROUND.toFixed(3)}`}
        transform="rotate(-90 10 10)"
        className="tg-ring__used"
      />
    </svg>
  )
}
