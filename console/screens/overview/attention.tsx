import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { counted, plain } from '../../../src/react/format/index.ts'
import { useRead } from '../../api/use-api.ts'
import { Block, Empty } from '../../ui/block.tsx'
import { Panel } from '../../ui/panel.tsx'
import { State, type Tone } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import css from './overview.module.css'
import { usePressed } from './pressed.ts'
import { usePressing } from './pressing.ts'

interface Item {
  readonly key: string
  readonly tone: Tone
  readonly what: string
  readonly note: ReactNode
  readonly to: LinkProps
}

const MOST_SHOWN = 6

/** Open problems, the most severe first, each with a link to its screen. */
export const Attention = ({ unpricedCalls }: { readonly unpricedCalls: number }) => {
  const jobs = useRead(['jobs'], ({ jobs }, options) => jobs.list({ limit: 1 }, options), {
    poll: true,
  })
  const pressing = usePressing()
  // A customer with a critical alert is listed only once.
  const told = new Set(pressing.map(({ organizationId }) => organizationId))
  const pressed = usePressed().filter(({ key }) => !told.has(key))
  return (
    <Panel title="Needs attention" isFlush>
      <Block of={jobs} lines={6}>
        {({ jobs }) => {
          const items: readonly Item[] = [
            ...pressing,
            ...jobs
              .filter(({ lastOutcome }) => lastOutcome === 'failed' || lastOutcome === 'lost')
              .map(
                ({ job, lastError, lastStartedAt }): Item => ({
                  key: job,
                  tone: 'reached',
                  what: `Job “${plain(job)}” failed`,
                  note: lastError ?? (lastStartedAt && <Time at={lastStartedAt} form="relative" />),
                  to: { to: '/jobs' },
                }),
              ),
            ...pressed,
            ...(unpricedCalls > 0
              ? [
                  {
                    key: 'unpriced',
                    tone: 'near' as const,
                    what: `${counted(unpricedCalls, 'call')} without a price`,
                    note: 'recorded, but not included in this month’s model cost',
                    to: { to: '/usage', search: { metric: 'unpriced' } } as LinkProps,
                  },
                ]
              : []),
          ]
          if (items.length === 0) {
            return (
              <Empty title="All clear">
                No alert is critical, no run is stuck, no job failed, no customer is at a limit, and
                every model call has a price.
              </Empty>
            )
          }
          return (
            <ul className={css.attention}>
              {items.slice(0, MOST_SHOWN).map(({ key, tone, what, note, to }) => (
                <li key={key}>
                  <Link {...to}>
                    <State tone={tone}>{what}</State>
                    <small>{note}</small>
                  </Link>
                </li>
              ))}
              {items.length > MOST_SHOWN && (
                <li>
                  <div>{counted(items.length - MOST_SHOWN, 'more thing')} like these</div>
                </li>
              )}
            </ul>
          )
        }}
      </Block>
    </Panel>
  )
}
