import type { LimitOutlook, UsageWarning } from '../../contract/insight.ts'
import { LimitBar } from '../charts/limit-bar.tsx'
import { useWords } from '../hooks/context.ts'
import { Icon } from '../parts/icons.tsx'
import type { Words } from '../words/words.ts'
import { type Limit, standingOf } from './standing.ts'

const DAY_MS = 86_400_000

/** When a window resets: the time if within 24 hours, otherwise the day. Windows are in UTC. */
export const resetText = (words: Words, resetAt: string | null, at: string | undefined): string => {
  if (resetAt === null) return ''
  const leftMs = at === undefined ? Number.NaN : Date.parse(resetAt) - Date.parse(at)
  if (leftMs > 0 && leftMs <= DAY_MS) {
    return words.say.resets(words.clock(resetAt, 'UTC'), words.stretch(leftMs))
  }
  return words.say.resets(`${words.day(resetAt, 'UTC')},`, undefined)
}

/** The used and allowed amounts as text. */
export const usedText = (words: Words, { meter, used, max }: Limit): string =>
  max === null
    ? `${words.amount(used, meter)}, ${words.say.unlimited}`
    : words.say.of(words.amount(used, meter), words.amount(max, meter))

/** The state of a limit as one sentence, for screen readers. */
export const limitSentence = (
  words: Words,
  limit: Limit,
  warnings?: readonly UsageWarning[],
): string => {
  const name = words.limit(limit.meter, limit.window)
  const percent = limit.percentageUsed === null ? '' : `, ${words.percent(limit.percentageUsed)}`
  const standing = words.say.standing[standingOf(limit, warnings)]
  return `${name}: ${usedText(words, limit)}${limit.max === null ? '' : percent}. ${standing}.`
}

interface LimitRowProps {
  readonly limit: Limit & Partial<Pick<LimitOutlook, 'outlook'>>
  readonly warnings?: readonly UsageWarning[] | undefined
  readonly at?: string | undefined
  readonly className?: string
}

/** One limit: its amounts, a bar and the effect of its state. */
export const LimitRow = ({ limit, warnings, at, className }: LimitRowProps) => {
  const words = useWords()
  const { say, amount } = words
  const { meter, used, held, max, remaining, percentageUsed, resetAt } = limit
  const standing = standingOf(limit, warnings)
  const expected = max === null ? null : (limit.outlook?.expected ?? null)
  return (
    <li className={className} data-state={standing}>
      <div className="tg-limit-row__head">
        <span className="tg-limit-row__name">{words.limit(meter, limit.window)}</span>
        <span className="tg-limit-row__used">
          {max === null ? (
            <>
              <b>{amount(used, meter)}</b> <span>{say.unlimited}</span>
            </>
          ) : (
            <>
              <b>{amount(used, meter)}</b>{' '}
              <span>
                {say.of('', amount(max, meter)).trim()}
                {percentageUsed !== null && ` · ${words.percent(percentageUsed)}`}
              </span>
            </>
          )}
        </span>
      </div>
      {max !== null && (
        <LimitBar
          state={standing}
          used={used}
          held={held}
          expected={expected}
          max={max}
          label={limitSentence(words, limit, warnings)}
        />
      )}
      <div className="tg-limit-row__foot">
        <span className="tg-limit-row__facts">
          {standing !== 'ok' && standing !== 'unlimited' && (
            <span className="tg-limit-row__standing">
              <Icon name={standing} />
              {say.standing[standing]}
            </span>
          )}
          {[
            remaining !== null && remaining > 0 && say.left(amount(remaining, meter)),
            held > 0 && say.held(amount(held, meter)),
            expected !== null && say.expected(amount(Math.round(expected), meter)),
          ]
            .filter(Boolean)
            .map((fact) => (
              <span key={String(fact)}>{fact}</span>
            ))}
        </span>
        <span>{resetText(words, resetAt, at)}</span>
      </div>
    </li>
  )
}
