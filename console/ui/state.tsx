import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  Info,
  OctagonX,
  Receipt,
} from 'lucide-react'
import type { ReactNode } from 'react'
import css from './state.module.css'

export type Tone = 'ok' | 'good' | 'near' | 'reached' | 'overage' | 'muted'

const ICONS = {
  ok: CircleCheck,
  good: CircleCheck,
  near: CircleAlert,
  reached: OctagonX,
  overage: Receipt,
  muted: CircleDashed,
  paused: CirclePause,
  info: Info,
} as const

/** A state as an icon and a word; the colour adds no information. */
export const State = ({
  tone,
  icon = tone,
  children,
}: {
  readonly tone: Tone
  readonly icon?: keyof typeof ICONS
  readonly children: ReactNode
}) => {
  const Icon = ICONS[icon]
  return (
    <span className={css.state} data-tone={tone}>
      <Icon size={14} aria-hidden="true" />
      {children}
    </span>
  )
}

/** A short word in a frame, such as a role or a scope. */
export const Tag = ({ children }: { readonly children: ReactNode }) => (
  <span className={css.tag}>{children}</span>
)
