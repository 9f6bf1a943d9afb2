'use client'
import type { LimitOutlook, UsageWarning } from '../../contract/insight.ts'
import { useWords } from '../hooks/context.ts'
import { useUsageDashboard } from '../hooks/use-usage-dashboard.ts'
import { useUsageStream } from '../hooks/use-usage-stream.ts'
import { type Common, classesOf, joined } from '../parts/names.ts'
import type { Limit } from './standing.ts'
import { Warnings } from './warnings.tsx'

interface Look extends Common {
  /** The levels to show; all by default. */
  readonly levels?: readonly UsageWarning['level'][] | undefined
  readonly onUpgrade?: (() => void) | undefined
  /** Whether the user may dismiss a warning until it gets worse. */
  readonly dismissible?: boolean | undefined
  /** `banner`: full width, without rounded corners. */
  readonly variant?: 'inline' | 'banner' | undefined
}

interface Given extends Look {
  readonly warnings: readonly UsageWarning[] | undefined
  /** Needed to state the effect: further calls are refused, or billed. */
  readonly limits?: readonly (Limit | LimitOutlook)[] | undefined
}

interface Read extends Look {
  readonly organizationId?: string | undefined
}

export type LimitWarningProps = Given | Read

/**
 * Warnings for limits that are reached, near, or projected to be reached. Renders nothing without
 * one.
 */
export const LimitWarning = (props: LimitWarningProps) =>
  'warnings' in props ? <LimitWarningView {...props} /> : <ReadLimitWarning {...props} />

const ReadLimitWarning = ({ organizationId, ...look }: Read) => {
  const { dashboard } = useUsageDashboard(organizationId)
  useUsageStream(organizationId)
  if (!dashboard) return null
  return <LimitWarningView {...look} warnings={dashboard.warnings} limits={dashboard.limits} />
}

const LimitWarningView = ({ className, parts, variant = 'inline', ...props }: Given) => {
  const { say } = useWords()
  const { warnings } = props
  if (!warnings || warnings.length === 0) return null
  return (
    <section
      className={joined('tg-root', 'tg-warning', className)}
      aria-label={say.limits}
      data-variant={variant}
    >
      <Warnings
        {...props}
        warnings={warnings}
        isDismissible={props.dismissible ?? false}
        classOf={classesOf('warning', parts)}
      />
    </section>
  )
}
