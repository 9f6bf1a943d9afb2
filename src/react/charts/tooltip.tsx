import type { ReactNode } from 'react'

interface TooltipProps {
  readonly x: number
  readonly width: number
  readonly title: string
  readonly rows: readonly {
    readonly name: string
    readonly value: string
    readonly mark?: string
  }[]
  readonly children?: ReactNode
}

const WIDTH = 216

/**
 * Part of the SVG and positioned by attributes, because a strict content policy blocks inline
 * styles.
 */
export const Tooltip = ({ x, width, title, rows, children }: TooltipProps) => (
  <foreignObject
    className="tg-tooltip"
    x={x + 12 + WIDTH > width ? Math.max(0, x - WIDTH - 12) : x + 12}
    y={4}
    width={WIDTH}
    height={1}
  >
    <div className="tg-tooltip__box">
      <strong>{title}</strong>
      <dl>
        {rows.map(({ name, value, mark }) => (
          <div key={name}>
            <dt>
              {mark !== undefined && (
                <svg width="8" height="8" aria-hidden="true">
                  <rect width="8" height="8" rx="2" className={mark} />
                </svg>
              )}
              {name}
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {children}
    </div>
  </foreignObject>
)
