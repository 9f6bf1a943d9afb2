import { LimitBar } from '../../src/react/charts/index.ts'
import {
  amountOf,
  limitSentence,
  maximumOf,
  percent,
  STANDING_TEXT,
  type Standing,
  type StandingLimit,
  standingOf,
} from '../../src/react/format/index.ts'
import css from './limit-line.module.css'
import { State, type Tone } from './state.tsx'

const TONES = {
  ok: 'ok',
  near: 'near',
  reached: 'reached',
  overage: 'overage',
  soft: 'near',
  unlimited: 'muted',
} as const satisfies Record<string, Tone>

/** The status of a limit as an icon and text. */
export const LimitState = ({
  limit,
  warnPercent,
}: {
  readonly limit: StandingLimit
  readonly warnPercent?: number
}) => {
  const standing = standingOf(limit, warnPercent)
  return <State tone={TONES[standing]}>{STANDING_TEXT[standing]}</State>
}

/** A bar with its percentage, for a table cell. */
export const LimitCell = ({
  limit,
  warnPercent,
  expected,
  standing = standingOf(limit, warnPercent),
}: {
  readonly limit: StandingLimit
  readonly warnPercent?: number
  readonly expected?: number | null
  /** The API's status, if it returned one. */
  readonly standing?: Standing
}) => {
  if (limit.max === null) return <span className={css.none}>unlimited</span>
  return (
    <span className={css.cell}>
      <LimitBar
        state={standing}
        used={limit.used}
        held={limit.held}
        expected={expected}
        max={limit.max}
        label={limitSentence(limit)}
      />
      <span className={css.percent} data-tone={TONES[standing]}>
        {percent(limit.percentageUsed)}
      </span>
    </span>
  )
}

/** `69,988.2 of 60,000` */
export const usedOf = ({ meter, used, max }: StandingLimit): string =>
  `${amountOf(meter, used)} of ${maximumOf(meter, max)}`
