import { useId } from 'react'
import { Hatch } from './hatch.tsx'

interface LimitBarProps {
  readonly state: 'ok' | 'near' | 'reached' | 'overage' | 'soft' | 'unlimited'
  readonly used: number
  readonly held?: number
  readonly expected?: number | null
  readonly max: number | null
  /** The accessible label: `69,988.2 of 60,000 credits, 116.6 %, bills overage`. */
  readonly label: string
}

const HEADROOM = 1.15

/**
 * A limit as one bar: used, held (hatched), projected (a tick) and the maximum (a line). Use past
 * the maximum is striped. Without a maximum there is no bar.
 */
export const LimitBar = ({ state, used, held = 0, expected, max, label }: LimitBarProps) => {
  const stripes = useId()
  if (max === null) return null
  const most = Math.max(max, used + held, expected ?? 0)
  const top = most > max ? most * HEADROOM : max
  const place = (value: number): string => `${top > 0 ? Math.min(100, (value / top) * 100) : 0}%`
  const span = (from: number, to: number): string => place(Math.max(0, to - from))
  const within = Math.min(used, max)
  return (
    <svg
      className="tg-limit"
      data-state={state}
      width="100%"
      height="12"
      role="img"
      aria-label={label}
    >
      <Hatch id={stripes} className="tg-limit__stripe" stripeWidth={2.5} />
      <rect y="3" width="100%" height="6" rx="3" className="tg-limit__track" />
      <rect y="3" width={place(within)} height="6" rx={3} className="tg-limit__used" />
      {held > 0 && (
        <rect
          x={place(used)}
          y="3"
          width={span(used, used + held)}
          height="6"
          className="tg-limit__held"
          fill={`url(#${stripes})`}
        />
      )}
      {used > max && (
        <rect
          x={place(max)}
          y="3"
          width={span(max, used)}
          height="6"
          className="tg-limit__over"
          fill={`url(#${stripes})`}
        />
      )}
      {expected !== null && expected !== undefined && expected > used && (
        <line
          x1={place(expected)}
          x2={place(expected)}
          y1="2"
          y2="10"
          className="tg-limit__expected"
        />
      )}
      {most > max && (
        <line x1={place(max)} x2={place(max)} y1="0" y2="12" className="tg-limit__max" />
      )}
    </svg>
  )
}
