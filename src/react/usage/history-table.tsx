import type { HistoryPage } from '../../contract/usage-history.ts'
import { useWords } from '../hooks/context.ts'
import type { ClassOf } from '../parts/names.ts'
import { plainMeter, sentence } from '../words/messages.ts'
import type { Words } from '../words/words.ts'
import { lastOf } from './event-types.tsx'

type Event = HistoryPage['events'][number]

export type HistoryColumn =
  | 'time'
  | 'eventType'
  | 'user'
  | 'endpoint'
  | 'status'
  | 'credits'
  | 'cost'

const ALL: readonly HistoryColumn[] = [
  ...(['time', 'eventType', 'user', 'endpoint', 'status', 'credits', 'cost'] as const),
]

interface TableProps {
  readonly events: readonly Event[]
  readonly columns?: readonly HistoryColumn[] | undefined
  readonly timezone: string
  readonly onOpen?: ((event: Event) => void) | undefined
  readonly classOf: ClassOf
}

/** One line per event; in narrow containers two, without losing a figure. */
export const HistoryTable = ({ events, columns = ALL, timezone, onOpen, classOf }: TableProps) => {
  const words = useWords()
  const { say } = words
  const heads: Record<HistoryColumn, string> = {
    time: `${say.time} (${lastOf(timezone).replaceAll('_', ' ')})`,
    user: say.user,
    eventType: say.eventType,
    endpoint: say.endpoint,
    status: say.status,
    credits: say.credits,
    cost: say.cost,
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas need keyboard access
    <section className={`tg-scroll ${classOf('rows')}`} aria-label={say.events} tabIndex={0}>
      <table className="tg-table tg-rows">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" data-column={column}>
                {heads[column]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id} data-state={event.reverses === null ? undefined : 'reversed'}>
              {columns.map((column) => {
                const Cell = column === 'eventType' ? 'th' : 'td'
                const scope = column === 'eventType' ? 'row' : undefined
                return (
                  <Cell
                    key={column}
                    data-column={column}
                    data-name={heads[column]}
                    data-empty={isEmpty(event, column) ? '' : undefined}
                    scope={scope}
                  >
                    {column === 'eventType' && onOpen ? (
                      <button type="button" className="tg-link" onClick={() => onOpen(event)}>
                        {cellOf(words, event, column, timezone)}
                      </button>
                    ) : (
                      cellOf(words, event, column, timezone)
                    )}
                    {column === 'eventType' && event.reverses !== null && (
                      <span className="tg-tag">{say.takenBack}</span>
                    )}
                  </Cell>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const isEmpty = (event: Event, column: HistoryColumn): boolean =>
  (column === 'user' && event.userId === null) ||
  (column === 'endpoint' && event.endpoint === null) ||
  (column === 'status' && event.status === null)

const cellOf = (words: Words, event: Event, column: HistoryColumn, timezone: string) => {
  if (column === 'time') {
    return <time dateTime={event.occurredAt}>{words.instant(event.occurredAt, timezone)}</time>
  }
  if (column === 'eventType') return sentence(plainMeter(lastOf(event.eventType)))
  if (column === 'user') return <Cut text={event.userId} />
  if (column === 'endpoint') {
    const { method, endpoint } = event
    return <Cut text={endpoint === null ? null : method ? `${method} ${endpoint}` : endpoint} />
  }
  if (column === 'status') return <Status code={event.status} />
  if (column === 'credits') return words.amount(event.credits)
  if (event.unpriced) return <span className="tg-unpriced">{words.say.notPriced}</span>
  return event.costUsd === null ? (
    '—'
  ) : (
    <span title={words.exactMoney(event.costUsd)}>{words.money(event.costUsd)}</span>
  )
}

/** Truncated text, with the full text on demand. */
const Cut = ({ text }: { readonly text: string | null }) =>
  text === null ? (
    '—'
  ) : (
    <span className="tg-cut" title={text}>
      {text}
    </span>
  )

const Status = ({ code }: { readonly code: number | null }) =>
  code === null ? '—' : <span data-state={code >= 400 ? 'error' : undefined}>{code}</span>
