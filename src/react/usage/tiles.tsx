import type { UsageDashboard } from '../../contract/insight.ts'
import { useWords } from '../hooks/context.ts'
import type { ClassOf } from '../parts/names.ts'

type Dashboard = UsageDashboard['dashboard']

interface TilesProps {
  readonly overview: Dashboard['overview']
  readonly events: Dashboard['events']
  readonly users?: Pick<Dashboard['users'], 'active'> | undefined
  readonly classOf: ClassOf
}

/** The figures of the current billing period. */
export const Tiles = ({ overview, events, users, classOf }: TilesProps) => {
  const words = useWords()
  const { say, amount, percent } = words
  const ofTotal =
    overview.totalCredits === null
      ? say.unlimited
      : `${say.of('', amount(overview.totalCredits)).trim()} · ${percent(overview.percentageUsed)}`
  const tiles = [
    {
      name: say.credits,
      value: amount(overview.usedCredits),
      facts: [ofTotal, overview.heldCredits > 0 && say.held(amount(overview.heldCredits))],
    },
    {
      name: say.calls,
      value: amount(events.total),
      facts: [events.unpriced > 0 && say.unpriced(events.unpriced)],
    },
    {
      name: say.errorRate,
      value: events.errorRate === null ? '—' : percent(events.errorRate * 100),
      facts: [say.errorsOf(events.errors, amount(events.errors))],
    },
    ...(users ? [{ name: say.users, value: amount(users.active), facts: [] }] : []),
  ]
  return (
    <dl className={classOf('tiles')}>
      {tiles.map(({ name, value, facts }) => (
        <div key={name} className={classOf('tile')}>
          <dt>{name}</dt>
          <dd>
            <span className="tg-figure">{value}</span>
            <span className="tg-fact">{facts.filter(Boolean).join(' · ') || '\u00a0'}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
